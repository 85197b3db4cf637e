"""Suites: Markdown files with Python blocks whose lines say what the interpreter knows of the value made there.

``# value: X``: the first evaluation of the line gives X (of a tuple target: of the tuple). ``# values: X / Y``: all evaluations of the
line, the distinct ones in order: loop rounds, calls with other arguments, then the symbolic evaluation of the function. ``# range: X``: the
range of the first tensor that it gives. Blocks under one heading with ``file=…`` belong together; the last one is the program that is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

_BLOCK = re.compile(r"^```py(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\bfile=(\S+)")
_MARK = re.compile(r"\s*# (?P<kind>values?|range): (?P<text>.+)$")
ONLY_FILE = "example.py"


class Mark(Struct, frozen=True):
    """What a line says; ``whole`` if it lists all evaluations, ``range`` if it is about the range of a tensor."""

    file: str
    row: int
    text: str
    whole: bool
    range: bool = False


class Case(Struct, frozen=True):
    """The files under one heading, without their marks; the last one is the program."""

    title: str
    files: dict[str, str]
    marks: tuple[Mark, ...]


def read_cases(path: Path) -> list[Case]:
    """The cases of a suite."""
    sections = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [_case(section) for section in sections]


def _case(section: str) -> Case:
    files: dict[str, str] = {}
    marks: list[Mark] = []
    for block in _BLOCK.finditer(section):
        named = _FILE.search(block["info"])
        file = named[1] if named else ONLY_FILE
        if file in files:
            raise ValueError(f"{section.splitlines()[0]}: two blocks for {file}")
        marks.extend(_marks(block["code"], file))
        files[file] = "".join(_MARK.sub("", line) + "\n" for line in block["code"].splitlines())
    return Case(section.splitlines()[0].strip(), files, tuple(marks))


def _marks(code: str, file: str) -> Iterable[Mark]:
    for row, line in enumerate(code.splitlines(), 1):
        found = _MARK.search(line)
        if found:
            yield Mark(file, row, found["text"].strip(), found["kind"] == "values", found["kind"] == "range")
