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


def cells(data: bytes) -> list[CodeCell | Problem] | Problem:
    """The code cells of a notebook in order, a problem for each that cannot be read; none if its language is not Python."""
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return Problem("the notebook is not valid JSON", 1, 1, None)
    if not isinstance(document, dict):
        return Problem("the notebook is not a JSON object", 1, 1, None)
    if not _is_python(document.get("metadata")):
        return []
    found = _all_cells(document)
    if found is None:
        return Problem("the notebook has no list of cells", 1, 1, None)
    return list(_code(found))


def _is_python(metadata: Any) -> bool:
    if not isinstance(metadata, dict):
        return True
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        described = metadata.get(key)
        if isinstance(described, dict) and isinstance(described.get(field), str):
            return "python" in described[field].lower()
    return True


def _code(found: list[Any]) -> Iterator[CodeCell | Problem]:
    for number, cell in enumerate(found, 1):
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            yield Problem("this is no cell of a notebook: it has no `cell_type`", 1, 1, number)
        elif cell["cell_type"] == "code":
            text = _source(cell.get("source", cell.get("input", "")))
            if text is None:
                yield Problem("the source of this cell is neither a text nor a list of texts", 1, 1, number)
            elif "\0" in text:
                yield Problem("the cell contains null bytes, so it is no Python source", 1, 1, number)
            else:
                yield CodeCell(number, mask(text))


def _source(source: Any) -> str | None:
    parts = source if isinstance(source, list) else [source]
    return "".join(parts) if all(isinstance(part, str) for part in parts) else None


def _all_cells(document: dict[str, Any]) -> list[Any] | None:
    """The cells of a notebook, also of the old format, which had sheets of them; None if there is no such list."""
    sheets = document.get("worksheets")
    holders = [document] if "cells" in document else sheets if isinstance(sheets, list) else []
    lists = [holder.get("cells") if isinstance(holder, dict) else None for holder in holders]
    if not lists or not all(isinstance(cells, list) for cells in lists):
        return None
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


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
