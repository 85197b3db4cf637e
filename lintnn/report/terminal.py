"""What a terminal does to text: colours, widths of characters, line wrapping, and characters that must not reach it."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Mapping
from typing import IO

from msgspec import Struct

TAB = 4
_ELLIPSIS = "…"
_PLAIN_WIDTH = 120
_WORDS = re.compile(r"[^\s`]*`[^`]*`[^\s`]*|\S+")
_CODE = re.compile(r"`[^`]+`")
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "frame": "34",
    "trail": "36",
    "help": "1;32",
    "good": "1;32",
    "code": "36",
    "bold": "1",
    "faint": "2",
}


class Palette(Struct, frozen=True):
    """Paints text, or leaves it as it is."""

    enabled: bool

    def paint(self, text: str, style: str) -> str:
        """``text`` in a style of the table above."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.enabled and text else text

    def prose(self, text: str, style: str | None = None) -> str:
        """A sentence: what stands in backticks is set off from the rest."""
        if not self.enabled:
            return text
        pieces, end = [], 0
        for found in _CODE.finditer(text):
            pieces += [self._plain(text[end : found.start()], style), self.paint(found[0], "code")]
            end = found.end()
        return "".join([*pieces, self._plain(text[end:], style)])

    def _plain(self, text: str, style: str | None) -> str:
        return self.paint(text, style) if style else text


def wants_colour(stream: IO[str], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether output to ``stream`` may be coloured: on a terminal, unless ``NO_COLOR`` is set; elsewhere only with ``FORCE_COLOR``."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width_of(stream: IO[str]) -> int:
    """The columns to fill: of the terminal, else a fixed number, so that files and pipes do not depend on a window."""
    if not stream.isatty():
        return _PLAIN_WIDTH
    return max(40, min(shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns, 160))


def character_width(character: str) -> int:
    """The columns that one printable character takes: 0, 1 or 2."""
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def display_width(text: str) -> int:
    """The columns that a line of text takes."""
    return len(text) if text.isascii() else sum(map(character_width, text))


def visible(text: str) -> str:
    """The text with characters that would steer a terminal, or reorder what is shown, replaced by signs for them."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "\u2421"
    if character in _BIDIRECTIONAL or unicodedata.category(character) not in ("Mn", "Me", "Cf", "Zs"):
        return "\ufffd"
    return character


def wrap(text: str, width: int) -> list[str]:
    """Break a sentence into lines of at most ``width`` columns; what stands in backticks stays together."""
    lines: list[str] = []
    line, used = "", 0
    for word in _WORDS.findall(text):
        size = display_width(word)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line] if line else lines


class Cells:
    """A line of source as a terminal shows it, and the column at which each of its characters starts."""

    def __init__(self, line: str) -> None:
        pieces: list[str] = []
        starts: list[int] = []
        column = 0
        for character in line:
            starts.append(column)
            shown = " " * (TAB - column % TAB) if character == "\t" else _visible_character(character)
            pieces.append(shown)
            column += sum(map(character_width, shown))
        self.pieces = pieces
        self.starts = [*starts, column]

    def column(self, index: int) -> int:
        """The column of the character at ``index`` (from 0), or the end of the line."""
        return self.starts[max(0, min(index, len(self.pieces)))]

    @property
    def width(self) -> int:
        return self.starts[-1]

    def window(self, first: int, last: int) -> str:
        """The part of the line between two columns, with an ellipsis where something is cut off."""
        kept = "".join(piece for piece, start in zip(self.pieces, self.starts, strict=False) if first <= start < last)
        before = _ELLIPSIS if first > 0 else ""
        after = _ELLIPSIS if last < self.width else ""
        return f"{before}{kept}{after}".rstrip()


def plural(count: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
