"""From the bytes of a file to its text, by Python's own rules (PEP 263), without guessing."""

from __future__ import annotations

import codecs
import re

from lintnn.frontend.ir import Problem

_UTF8_MARK = codecs.BOM_UTF8
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NOTHING = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def decode(data: bytes, name: str) -> str | Problem:
    """The text of a source file without its byte order mark, or why it cannot be read."""
    if data.startswith(_WIDE_MARKS):
        return _problem("the file is UTF-16 or UTF-32; Python reads UTF-8")
    if b"\0" in data:
        return _problem("the file is binary (it contains NUL bytes)")
    if data.startswith(_UTF8_MARK):
        return _decode_as(data[len(_UTF8_MARK) :], "utf-8")
    encoding = declared_encoding(data)
    return _decode_as(data, "utf-8") if encoding is None else _decode_declared(data, encoding)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a comment in the first two lines declares."""
    if b"coding" not in data[:1000]:
        return None
    first, _, rest = _split_line(data)
    found = _COOKIE.match(first)
    if found is None and _NOTHING.match(first):
        found = _COOKIE.match(_split_line(rest)[0])
    return None if found is None else found.group(1).decode("ascii", "replace")


def _split_line(data: bytes) -> tuple[bytes, bytes, bytes]:
    end = _LINE_END.search(data)
    return (data, b"", b"") if end is None else (data[: end.start()], end.group(), data[end.end() :])


def _decode_declared(data: bytes, encoding: str) -> str | Problem:
    try:
        known = codecs.lookup(encoding)
        text = data.decode(known.name)
        text.encode()
    except UnicodeDecodeError as error:
        return _undecodable(data, error.start, encoding)
    except Exception:
        return _problem(f"unknown or unusable encoding {encoding!r}")
    return _problem("the file is binary (it contains NUL characters)") if "\0" in text else text


def _decode_as(data: bytes, encoding: str) -> str | Problem:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return _undecodable(data, error.start, encoding)


def _undecodable(data: bytes, start: int, encoding: str) -> Problem:
    lines = _LINE_END.split(data[:start])
    column = len(lines[-1].decode(encoding, "replace")) + 1
    return Problem(f"the file is not valid {encoding.upper()} and declares no other encoding", len(lines), column, None)


def _problem(message: str) -> Problem:
    return Problem(message, 1, 1, None)
