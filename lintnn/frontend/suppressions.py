"""Comments that ask lintnn to be quiet."""

from __future__ import annotations

import re

from lintnn.frontend.ir import Suppression

_TOKENS = re.compile(
    r"""\"""(?:[^\\]|\\.)*?(?:\"""|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'"""
    r"""|(?P<comment>\#[^\r\n]*)""",
    re.DOTALL,
)
_CHEAP = re.compile(r"#[ \t]*lintnn[ \t]*:|#[ \t]*noqa[ \t]*:[^\r\n]*NN[0-9]", re.IGNORECASE)
_OURS = re.compile(r"#[ \t]*lintnn[ \t]*:[ \t]*ignore(?P<file>-file)?[ \t]*(?:\[(?P<rules>[^\]]*)\])?(?![\w-])", re.IGNORECASE)
_NOQA = re.compile(r"#[ \t]*noqa[ \t]*:[ \t]*(?P<rules>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)", re.IGNORECASE)
_OUR_CODE = re.compile(r"NN[0-9]+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s,]+")
_NEWLINE = re.compile(r"\r\n|\r|\n")


def suppressions(text: str, cell: int | None = None) -> list[Suppression]:
    """The suppression comments of a file or notebook cell, in order."""
    if _CHEAP.search(text) is None:
        return []
    found: list[Suppression] = []
    starts = [0, *(newline.end() for newline in _NEWLINE.finditer(text))]
    row = 0
    for token in _TOKENS.finditer(text):
        comment = token.group("comment")
        if comment is None:
            continue
        while row < len(starts) and starts[row] <= token.start():
            row += 1
        column = token.start() - starts[row - 1]
        found += _in_comment(comment, row, column, cell)
    return found


def _in_comment(comment: str, row: int, column: int, cell: int | None) -> list[Suppression]:
    found = []
    for ours in _OURS.finditer(comment):
        rules = [rule for rule in _SEPARATORS.split(ours["rules"] or "") if rule]
        form = "file" if ours["file"] else "lintnn"
        found.append(Suppression(rules, row, column + ours.start() + 1, column + ours.end() + 1, cell, form))
    for noqa in _NOQA.finditer(comment):
        codes = [rule.upper() for rule in _SEPARATORS.split(noqa["rules"]) if _OUR_CODE.fullmatch(rule)]
        if codes:
            found.append(Suppression(codes, row, column + noqa.start() + 1, column + noqa.end() + 1, cell, "noqa"))
    return found
