"""The values of number and string literals, or None where the IR cannot hold them."""

from __future__ import annotations

import re
import unicodedata

_SMALLEST = -(2**63)
_LARGEST = 2**64 - 1

_QUOTES = re.compile(r"""('''|\"""|'|")""")
_NEWLINES = re.compile(r"\r\n?")
_ESCAPES = re.compile(
    r"\\(?:(?P<newline>\n)|(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|N\{(?P<name>[^}]*)\}|(?P<simple>.))"
)
_SIMPLE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BASES = {"octal": 8, "hex": 16, "short": 16, "long": 16}


def integer(text: str) -> int | None:
    """The value of an integer literal that fits into 64 bits."""
    try:
        value = int(text, 0)
    except ValueError:
        return None
    return value if _SMALLEST <= value <= _LARGEST else None


def string(text: str) -> str | None:
    """The value of a string literal, prefix and quotes included in ``text``; None for bytes and for lone surrogates."""
    opening = _QUOTES.search(text)
    if opening is None:
        return None
    prefix = text[: opening.start()].lower()
    if "b" in prefix:
        return None
    inner = text[opening.end() : len(text) - len(opening.group())]
    return string_part(inner, "r" in prefix)


def string_part(inner: str, raw: bool) -> str | None:
    """The value of the text between quotes."""
    if "\r" in inner:
        inner = _NEWLINES.sub("\n", inner)
    if raw or "\\" not in inner:
        return inner
    try:
        value = _ESCAPES.sub(_unescape, inner)
        value.encode()
    except (ValueError, KeyError, OverflowError):
        return None
    return value


def _unescape(match: re.Match[str]) -> str:
    kind = match.lastgroup or "newline"
    text = match.group(kind)
    if kind == "newline":
        return ""
    if kind == "simple":
        return _SIMPLE.get(text, "\\" + text)
    if kind == "name":
        return unicodedata.lookup(text)
    return chr(int(text, _BASES[kind]))
