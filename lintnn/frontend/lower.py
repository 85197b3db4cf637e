"""From the bytes of a file to its IR. One parse, one pass, and no exception whatever the input."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst
from msgspec import Struct

from lintnn.frontend import limits, notebook, source, syntax
from lintnn.frontend.expressions import Lowering
from lintnn.frontend.ir import Cell, Module, Problem, Stmt, Suppression
from lintnn.frontend.statements import TooDeepError, statements
from lintnn.frontend.suppressions import suppressions

NOTEBOOK_SUFFIX = ".ipynb"


class Chunk(Struct, frozen=True):
    """A text that is parsed on its own: a whole file, or one cell of a notebook."""

    text: str
    cell: int | None
    easy: bool


class Tree(Struct, frozen=True):
    """A parsed chunk and the ordinals of its nodes: from ``first`` up to, not including, ``end``."""

    tree: cst.Module
    cell: int | None
    first: int
    end: int


class Lowered(Struct, frozen=True):
    """A lowered file with the trees and nodes that its ordinals stand for."""

    module: Module
    trees: list[Tree]
    nodes: list[cst.CSTNode]


def lower_file(data: bytes, name: str) -> Module:
    """Lower a Python file or notebook. What cannot be read is listed in ``problems`` of the result; nothing is raised."""
    return lower_with_nodes(data, name).module


def lower_with_nodes(data: bytes, name: str) -> Lowered:
    """Lower a file and keep the libcst nodes; positions are computed from them."""
    chunks = read_chunks(data, name)
    if isinstance(chunks, Problem):
        return _failed(chunks)
    with _paused_gc():
        if all(isinstance(chunk, Problem) or chunk.easy for chunk in chunks):
            try:
                return _lower(chunks)
            except RecursionError:
                pass
        try:
            return limits.on_deep_stack(lambda: _lower(chunks))
        except (RecursionError, MemoryError):
            return _failed(syntax.too_deep())


def read_chunks(data: bytes, name: str) -> list[Chunk | Problem] | Problem:
    """The texts of a file that are parsed one by one; a problem in the place of a cell that has none."""
    if name.endswith(NOTEBOOK_SUFFIX):
        cells = notebook.cells(data)
        if isinstance(cells, Problem):
            return cells
        return [cell if isinstance(cell, Problem) else _chunk(cell.text, cell.number) for cell in cells]
    text = source.decode(data, name)
    return text if isinstance(text, Problem) else [_chunk(text, None)]


def _chunk(text: str, cell: int | None) -> Chunk:
    return Chunk(text, cell, limits.is_easy(text))


@contextmanager
def _paused_gc() -> Iterator[None]:
    """Trees hold no cycles; without the collector parsing is a third faster."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _failed(problem: Problem) -> Lowered:
    return Lowered(Module([], 0, [], [problem], [], []), [], [])


def _lower(chunks: list[Chunk | Problem]) -> Lowered:
    low = Lowering()
    body: list[Stmt] = []
    problems: list[Problem] = []
    quiet: list[Suppression] = []
    trees: list[Tree] = []
    for chunk in chunks:
        if isinstance(chunk, Problem):
            problems.append(chunk)
            continue
        quiet += suppressions(chunk.text, chunk.cell)
        result = _lower_chunk(low, chunk)
        if isinstance(result, Problem):
            problems.append(result)
        else:
            tree, lowered = result
            trees.append(tree)
            body += lowered
    low.close()
    lines = sum(_line_count(chunk) for chunk in chunks if isinstance(chunk, Chunk))
    cells = [Cell(tree.cell, tree.first) for tree in trees if tree.cell is not None]
    module = Module(body, lines, list(low.names), problems, quiet, cells)
    return Lowered(module, trees, low.nodes)


def _lower_chunk(low: Lowering, chunk: Chunk) -> tuple[Tree, list[Stmt]] | Problem:
    if not chunk.easy:
        refused = syntax.refused(chunk.text, chunk.cell)
        if refused is not None:
            return refused
    tree = syntax.parse(chunk.text, chunk.cell)
    if isinstance(tree, Problem):
        return tree
    first = len(low.nodes)
    try:
        lowered = statements(low, tree.body, 0)
    except TooDeepError:
        low.abandon(first)
        return syntax.too_deep(chunk.cell)
    return Tree(tree, chunk.cell, first, len(low.nodes)), lowered


def _line_count(chunk: Chunk) -> int:
    text = chunk.text
    lines = text.count("\n") or text.count("\r")
    return lines if text.endswith(("\n", "\r")) or not text else lines + 1
