"""Where the nodes of a file are, computed only when something is shown.

The very same lowering runs again, this time keeping its libcst nodes, so an ordinal means the same node in both runs.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from lintnn.findings import Span
from lintnn.frontend import limits
from lintnn.frontend.lower import Lowered, Tree, lower_with_nodes

_DEEP_RECURSION = 200_000

Ranges = Mapping[cst.CSTNode, CodeRange]


def spans(data: bytes, name: str, path: str, ordinals: Collection[int]) -> dict[int, Span]:
    """The text ranges of the given ordinals of a file; ordinals that the file does not have are left out.

    A function or class stands for its header, from ``def`` or ``class`` to the end of the name.
    """
    if not ordinals:
        return {}
    lowered = lower_with_nodes(data, name)
    found: dict[int, Span] = {}
    for tree in lowered.trees:
        wanted = sorted(ordinal for ordinal in ordinals if tree.first <= ordinal < tree.end)
        if wanted:
            ranges = _ranges(tree.tree)
            found.update((ordinal, _span(lowered, tree, ranges, ordinal, path)) for ordinal in wanted)
    return found


def _ranges(tree: cst.Module) -> Ranges:
    """The range of every node. libcst's walk recurses over chains too, so it always gets a deep stack."""
    with _deep_recursion():
        return limits.on_deep_stack(lambda: _resolve(tree))


def _resolve(tree: cst.Module) -> Ranges:
    return MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)


@contextmanager
def _deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEP_RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _span(lowered: Lowered, tree: Tree, ranges: Ranges, ordinal: int, path: str) -> Span:
    node = lowered.nodes[ordinal]
    whole = ranges[node]
    end = ranges[node.name].end if _is_header(lowered, node, ordinal) else whole.end  # type: ignore[attr-defined]
    return Span(path, whole.start.line, whole.start.column + 1, end.line, end.column + 1, tree.cell)


def _is_header(lowered: Lowered, node: cst.CSTNode, ordinal: int) -> bool:
    """A definition takes two ordinals in a row: the statement, then its header."""
    return isinstance(node, cst.FunctionDef | cst.ClassDef) and ordinal > 0 and lowered.nodes[ordinal - 1] is node
