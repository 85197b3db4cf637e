"""Guards against programs that no parser should be handed: libcst's recursion is native, and a full stack ends the process.

The estimate is a few passes of counting over the text; only where it is high, the tokens are looked at.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from itertools import accumulate
from typing import TypeVar

MAX_BRACKETS = 200
"""Python's own limit of nested brackets."""

MAX_CHAIN = 4000
"""Operators in one chain: the parser's time grows with their square, and with the size of the operands. Calls, powers, attributes and
``if``s weigh more than one."""

MAX_PATTERN = 12
"""Nested brackets of a ``case``: each one doubles the parser's time."""

MAX_LAMBDAS = 1000
MAX_ELIFS = 20_000

_EASY_BRACKETS = 40
_EASY_CHAIN = 1500
_EASY_TRAILERS = 200
_DEEP_STACK = 512 * 1024 * 1024

_ALL_BYTES = bytes(range(256))
_BRACKETS = b"()[]{}"
_LINKS = b"+-*/%@&|^<>~.'\""
_NOT_BRACKETS = bytes(set(_ALL_BYTES) - set(_BRACKETS))
_NOT_LINKS = bytes(set(_ALL_BYTES) - set(_LINKS))
_STEPS = [1 if value in b"([{" else -1 for value in range(256)]
_WORDS = ("and", "or", "not", "else", "lambda", "await", "elif", "==")
_TRAILER = re.compile(rb"[)\]]\s*[.(\[]")
_CASE = re.compile(rb"^[ \t]*case\b(?=([^:]{0,2000}))([^\n]*)", re.MULTILINE)
"""A line that may hold a pattern, and what follows up to a colon, perhaps on further lines."""
_CALL = re.compile(rb"\w\s*[(\[]")
_STATEMENT = re.compile(rb"\n[ \t]*(?:def|class|return|import|while|with|try|raise|assert)\b")

_TOKENS = re.compile(
    r"""(?P<string>[a-zA-Z]{0,2}(?:\"""(?:[^\\]|\\.)*?\"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))"""
    r"""|(?P<comment>\#[^\r\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<newline>[\r\n])|(?P<end>[,;]|(?<![=!<>])=(?!=))"""
    r"""|(?P<number>\d[\w.]*)|(?P<link>\*\*|//|<<|>>|[<>=!]=|[-+*/%@&|^<>~.])|(?P<word>\w+)""",
    re.DOTALL,
)
_WEIGHTS = {"**": 4, ".": 2, "if": 2, "and": 1, "or": 1, "not": 1, "await": 1, "in": 1, "is": 1}
_TRAILER_WEIGHT = 4
_CALL_WEIGHT = 2

_stack_size = threading.Lock()

Result = TypeVar("Result")


def is_easy(text: str) -> bool:
    """True if the parser's recursion and time surely stay small."""
    data = text.encode()
    return (
        len(data.translate(None, _NOT_LINKS)) <= _EASY_CHAIN
        and sum(map(text.count, _WORDS)) <= _EASY_CHAIN
        and _deepest(data) <= _EASY_BRACKETS
        and len(_TRAILER.findall(data)) <= _EASY_TRAILERS
        and not _has_deep_pattern(data)
    )


def refusal(text: str) -> str | None:
    """Why a program that is not easy must not be parsed, if so."""
    if text.count("elif") > MAX_ELIFS:
        return "too many elif branches"
    data = text.encode()
    if _has_deep_pattern(data):
        return "patterns are nested too deeply"
    if not _may_exceed(data):
        return None
    burden = _Burden()
    for token in _TOKENS.finditer(text):
        burden.add(token.lastgroup or "", token.group())
    if burden.nesting > MAX_BRACKETS:
        return "brackets are nested too deeply"
    if burden.longest > MAX_CHAIN or burden.most_lambdas > MAX_LAMBDAS:
        return "an expression is too long"
    return None


def _deepest(data: bytes) -> int:
    """An upper bound of the nesting of brackets: those in strings and comments count as well."""
    return max(accumulate(map(_STEPS.__getitem__, data.translate(None, _NOT_BRACKETS))), default=0)


def _has_deep_pattern(data: bytes) -> bool:
    return b"case" in data and any(_deepest(part) > MAX_PATTERN for found in _CASE.finditer(data) for part in found.groups())


def _may_exceed(data: bytes) -> bool:
    """A cheap look at each stretch of text between two lines that surely start a statement."""
    if _deepest(data) > MAX_BRACKETS or data.count(b"lambda") > MAX_LAMBDAS:
        return True
    return any(len(stretch) > MAX_CHAIN // 2 and _weight(stretch) > MAX_CHAIN for stretch in _STATEMENT.split(data))


def _weight(data: bytes) -> int:
    links = len(data.translate(None, _NOT_LINKS)) + data.count(b".") + 2 * data.count(b"**")
    words = 2 * data.count(b"if") + sum(map(data.count, (b"and", b"or", b"not", b"in", b"is", b"await")))
    return links + words + _TRAILER_WEIGHT * len(_TRAILER.findall(data)) + _CALL_WEIGHT * len(_CALL.findall(data))


class _Burden:
    """The deepest nesting of brackets, the heaviest chain between two separators, the most lambdas of one statement."""

    def __init__(self) -> None:
        self.nesting = self.longest = self.most_lambdas = 0
        self._chains = [0]
        self._lambdas = 0
        self._before = ""

    def add(self, kind: str, text: str) -> None:
        """Read the next token."""
        if kind == "open":
            self._link({"close": _TRAILER_WEIGHT, "word": _CALL_WEIGHT}.get(self._before, 0))
            self._chains.append(0)
            self.nesting = max(self.nesting, len(self._chains) - 1)
        elif kind == "close":
            if len(self._chains) > 1:
                self._chains.pop()
        elif kind == "end":
            self._chains[-1] = 0
        elif kind == "newline":
            self._end_line()
        elif kind == "word":
            self._word(text)
        elif kind in ("string", "link"):
            self._link(_TRAILER_WEIGHT if text == "." and self._before == "close" else _WEIGHTS.get(text, 1))
        if kind not in ("newline", "comment"):
            self._before = kind

    def _link(self, weight: int) -> None:
        self._chains[-1] += weight
        self.longest = max(self.longest, self._chains[-1])

    def _word(self, text: str) -> None:
        self._link(_WEIGHTS.get(text, 0))
        if text == "lambda":
            self._lambdas += 1
            self.most_lambdas = max(self.most_lambdas, self._lambdas)

    def _end_line(self) -> None:
        if len(self._chains) == 1:
            self._chains[0] = self._lambdas = 0


def on_deep_stack(function: Callable[[], Result]) -> Result:
    """Run ``function`` on a thread with a stack that deep programs fit on."""
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(function())
        except BaseException as error:
            failure.append(error)

    with _stack_size:
        before = threading.stack_size(_DEEP_STACK)
        try:
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
