"""Parsing with libcst, and a short message with a position where it fails."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from lintnn.frontend import limits
from lintnn.frontend.ir import Problem

_PYTHON_2 = (
    (re.compile(r"^\s*print\s+[^\s=(.,:)\[]|^\s*print\s*>>|^\s*print\s+\("), "print statement"),
    (re.compile(r"^\s*exec\s+[\"'\w]"), "exec statement"),
    (re.compile(r"^\s*except\s+[\w.]+\s*,\s*\w+\s*:|^\s*except\s*\([^)]*\)\s*,\s*\w+\s*:"), "except X, name"),
    (re.compile(r"^\s*raise\s+[\w.]+\s*,"), "raise X, message"),
    (re.compile(r"<>"), "<> operator"),
    (re.compile(r"`[^`]+`"), "backticks"),
    (re.compile(r"\b0[0-7]+[lL]?\b|\b\d+[lL]\b"), "old integer literal"),
    (re.compile(r"\b[uU][rR][\"']"), "ur string"),
    (re.compile(r"^\s*(?:def\s+\w+\s*\(|lambda\b).*\(\s*\w+\s*,"), "tuple parameter"),
)


def parse(text: str, cell: int | None = None) -> cst.Module | Problem:
    """The libcst tree of ``text``, or what is wrong with it. Long or deep programs must be parsed on a deep stack."""
    try:
        with _trusting_the_parser():
            return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        return _problem(text, error.raw_line, error.raw_column + 1, cell)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # native panics derive from BaseException
        return _problem(text, 1, 1, cell)


@contextmanager
def _trusting_the_parser() -> Iterator[None]:
    """Leave out the checks that every libcst node makes of its parts: what the parser builds is valid, and they cost a fifth of a parse."""
    checks = cst.CSTNode.__post_init__
    cst.CSTNode.__post_init__ = _no_checks  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        cst.CSTNode.__post_init__ = checks  # type: ignore[method-assign]


def _no_checks(node: cst.CSTNode) -> None:
    """Takes the place of the checks of a node."""


def too_deep(cell: int | None = None) -> Problem:
    """The problem of a program whose blocks are nested too deeply."""
    return Problem("blocks are nested too deeply", 1, 1, cell)


def refused(text: str, cell: int | None = None) -> Problem | None:
    """The problem of a program that is not handed to the parser."""
    reason = limits.refusal(text)
    return None if reason is None else Problem(reason, 1, 1, cell)


def _problem(text: str, row: int, column: int, cell: int | None) -> Problem:
    found = _builtin_error(text)
    message = "invalid syntax"
    if found is not None:
        message, row, column = found[0], found[1] or row, found[2] or column
    lines = text.splitlines()
    row = max(1, min(row, len(lines) or 1))
    old = _python_2_construct(lines[row - 1] if lines else "")
    if old is not None:
        message = f"Python 2 code ({old})"
    return Problem(message, row, max(1, column), cell)


def _builtin_error(text: str) -> tuple[str, int | None, int | None] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<source>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.msg.partition(". Did you mean")[0], error.lineno, error.offset
    except (ValueError, OverflowError, RecursionError, MemoryError):
        return None
    return None


def _python_2_construct(line: str) -> str | None:
    return next((name for pattern, name in _PYTHON_2 if pattern.search(line)), None)
