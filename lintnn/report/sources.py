"""The lines of the files that findings point into, for code frames. Nothing here parses code."""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Mapping
from pathlib import Path

_LINE_END = re.compile(r"\r\n|\r|\n")


class Sources:
    """Reads files when they are asked for, each once. ``given`` holds contents that are not on disk (standard input)."""

    def __init__(self, given: Mapping[str, bytes] | None = None) -> None:
        self._given = dict(given or {})
        self._known: dict[tuple[str, int | None], list[str]] = {}

    def line(self, path: str, row: int, cell: int | None = None) -> str | None:
        """A line of a file, or of a cell of a notebook; ``None`` if it cannot be shown. Rows and cells count from 1."""
        key = (path, cell)
        if key not in self._known:
            self._known[key] = self._read(path, cell)
        lines = self._known[key]
        return lines[row - 1] if 0 < row <= len(lines) else None

    def _read(self, path: str, cell: int | None) -> list[str]:
        try:
            data = self._given[path] if path in self._given else Path(path).read_bytes()
            text = decode(data) if cell is None else _cell_text(data, cell)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return []
        return _LINE_END.split(text)


def decode(data: bytes) -> str:
    """The text of a Python file as far as it can be shown: by its own declaration, else UTF-8 with replacements."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return data.decode("utf-8-sig", errors="replace")


def _cell_text(data: bytes, cell: int) -> str:
    source = json.loads(data)["cells"][cell - 1]["source"]
    return source if isinstance(source, str) else "".join(source)
