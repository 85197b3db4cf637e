"""The code cells of a notebook, with magics and shell lines masked so that rows and columns stay what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from lintnn.frontend.ir import Problem


class CodeCell(Struct, frozen=True, gc=False):
    """The text of one code cell, masked; ``number`` counts all cells from 1."""

    number: int
    text: str


_PYTHON_CELL_MAGICS = frozenset({"%%time", "%%timeit", "%%capture", "%%prun", "%%memit", "%%mprun", "%%wandb", "%%skip_if", "%%python3"})
_CANDIDATE = re.compile(r"^[ \t]*(?:[%!?]|[\w.]+\?{1,2}[ \t]*$)|=[ \t]*[%!]", re.MULTILINE)
_STATEMENT = re.compile(r"(?P<indent>[ \t]*)(?:[%!?][^\r\n]*|[\w.]+\?{1,2}[ \t]*)$")
_CAPTURE = re.compile(r"(?P<head>[ \t]*[\w.,\[\]'\" \t]+=[ \t]*)[%!][^\r\n]*$")
_SKIPPED = re.compile(
    r"""\"""(?:[^\\]|\\.)*?(?:\"""|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'"""
    r"""|\#[^\r\n]*|[(\[{]|[)\]}]|\\\r?\n|\r\n|\r|\n""",
    re.DOTALL,
)


def cells(data: bytes) -> list[CodeCell] | Problem:
    """The code cells of a notebook in order; none if its language is not Python."""
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return Problem("the notebook is not valid JSON", 1, 1, None)
    if not isinstance(document, dict):
        return Problem("the notebook is not a JSON object", 1, 1, None)
    if not _is_python(document.get("metadata")):
        return []
    return [CodeCell(number, mask(text)) for number, text in _code(document)]


def _is_python(metadata: Any) -> bool:
    if not isinstance(metadata, dict):
        return True
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        described = metadata.get(key)
        if isinstance(described, dict) and isinstance(described.get(field), str):
            return "python" in described[field].lower()
    return True


def _code(document: dict[str, Any]) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(_all_cells(document), 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str) and "\0" not in source:
            yield number, source


def _all_cells(document: dict[str, Any]) -> list[Any]:
    if isinstance(document.get("cells"), list):
        return list(document["cells"])
    sheets = document.get("worksheets")
    if not isinstance(sheets, list):
        return []
    found: list[Any] = []
    for sheet in sheets:
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            found += sheet["cells"]
    return found


def mask(text: str) -> str:
    """``text`` with magics, shell and help lines replaced by statements that do nothing."""
    if _CANDIDATE.search(text) is None:
        return text
    lines = text.splitlines(keepends=True)
    if text.lstrip().startswith("%%"):
        first = next(index for index, line in enumerate(lines) if line.strip())
        lines[first], magic = _line_end(lines[first]), lines[first].split()[0]
        if magic not in _PYTHON_CELL_MAGICS:
            return "".join(map(_line_end, lines))
        return mask("".join(lines))
    return "".join(_mask_lines(text))


def _mask_lines(text: str) -> Iterator[str]:
    starts = _statement_starts(text)
    offset = 0
    continued = False
    for line in text.splitlines(keepends=True):
        end = _line_end(line)
        body = line[: len(line) - len(end)]
        masked = "" if continued else (_masked(body) if offset in starts else None)
        continued = masked is not None and body.endswith("\\")
        yield line if masked is None else masked + end
        offset += len(line)


def _masked(line: str) -> str | None:
    statement = _STATEMENT.match(line)
    if statement is not None:
        return f"{statement['indent']}pass"
    capture = _CAPTURE.match(line)
    return None if capture is None else f"{capture['head']}None"


def _statement_starts(text: str) -> set[int]:
    """The offsets of lines that start a statement: not inside a string, brackets or a continued line."""
    starts = {0}
    depth = 0
    position = 0
    while True:
        found = _next_token(text, position, starts)
        if found is None:
            return starts
        token = found.group()
        position = found.end()
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(0, depth - 1)
        elif token in ("\n", "\r", "\r\n") and depth == 0:
            starts.add(position)


def _next_token(text: str, position: int, starts: set[int]) -> re.Match[str] | None:
    """The next token; a masked line has none, whatever quotes and brackets its shell command has."""
    if position in starts:
        end = _end_of_line(text, position)
        if _masked(text[position:end]) is not None:
            position = end
    return _SKIPPED.search(text, position)


def _end_of_line(text: str, position: int) -> int:
    found = re.compile(r"[\r\n]|\Z").search(text, position)
    return len(text) if found is None else found.start()


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
