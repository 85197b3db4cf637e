"""Where the rows of a notebook's cells lie in its raw JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False)
_BLANK = " \t\r\n"


def raw_lines(text: str) -> dict[tuple[int, int], int]:
    """(cell, row), both from 1, to the line of the raw text. A text that is no notebook gives an empty map."""
    lines: dict[tuple[int, int], int] = {}
    starts = _LineCounter(text)
    try:
        for key, at in _members(text, _skip(text, 0)):
            if key != "cells":
                continue
            for cell, cell_at in enumerate(_items(text, at), 1):
                for name, source_at in _members(text, cell_at):
                    if name == "source":
                        lines |= {(cell, row): line for row, line in _rows(text, source_at, starts)}
    except (ValueError, IndexError):
        return {}
    return lines


class _LineCounter:
    """Line numbers of growing offsets, counted in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def line(self, at: int) -> int:
        self._line += self._text.count("\n", self._at, at)
        self._at = at
        return self._line


def _rows(text: str, at: int, starts: _LineCounter) -> Iterator[tuple[int, int]]:
    row = 1
    for piece_at in [at] if text[at] == '"' else _items(text, at):
        piece = _text(text, piece_at)[0]
        line = starts.line(piece_at)
        breaks = piece.count("\n")
        for offset in range(max(1, breaks + (not piece.endswith("\n")))):
            yield row + offset, line
        row += breaks


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _end(text: str, at: int) -> int:
    return _DECODER.raw_decode(text, at)[1]


def _text(text: str, at: int) -> tuple[str, int]:
    """The string that starts at ``at``, and where it ends."""
    value, end = _DECODER.raw_decode(text, at)
    if not isinstance(value, str):
        raise ValueError("a string is expected")
    return value, end


def _items(text: str, at: int) -> Iterator[int]:
    """The offsets of the values of the array that starts at ``at``."""
    if text[at] != "[":
        raise ValueError("an array is expected")
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        at = _skip(text, _end(text, at))
        if text[at] == ",":
            at = _skip(text, at + 1)


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The keys and the offsets of the values of the object that starts at ``at``."""
    if text[at] != "{":
        raise ValueError("an object is expected")
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _text(text, at)
        at = _skip(text, _skip(text, at) + 1)
        yield key, at
        at = _skip(text, _end(text, at))
        if text[at] == ",":
            at = _skip(text, at + 1)
