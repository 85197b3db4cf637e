"""The progress bar of long runs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from typing import IO

_DELAY = 1.0
_PAUSE = 0.1
_BAR = 30


class ProgressBar:
    """A line on a terminal that appears when a run takes longer than a second and is wiped at the end; elsewhere nothing is shown."""

    def __init__(self, stream: IO[str], environment: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._enabled = stream.isatty() and environment.get("TERM") != "dumb"
        self._next = time.monotonic() + _DELAY
        self._drawn = False

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` files are analysed."""
        now = time.monotonic()
        if not self._enabled or total <= 0 or now < self._next:
            return
        self._next = now + _PAUSE
        share = min(done / total, 1.0)
        filled = round(share * _BAR)
        line = f"{'━' * filled}{'╌' * (_BAR - filled)} {share:4.0%}  {done}/{total} files"
        columns = shutil.get_terminal_size().columns
        self._write(f"\r\x1b[2K{line[: max(0, columns - 1)]}")
        self._drawn = True

    def close(self) -> None:
        """Wipe the line."""
        if self._drawn:
            self._write("\r\x1b[2K")
            self._drawn = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, UnicodeError):
            self._enabled = False
