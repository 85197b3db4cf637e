"""What a ``match`` pattern says: its constant, the names it captures, whether it always matches."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst


def literal(pattern: cst.MatchPattern) -> cst.BaseExpression | None:
    """The value that a pattern compares with, if it is a plain value pattern."""
    return pattern.value if isinstance(pattern, cst.MatchValue | cst.MatchSingleton) else None


def is_irrefutable(pattern: cst.MatchPattern) -> bool:
    """True for ``case _`` and ``case name``."""
    while isinstance(pattern, cst.MatchAs):
        if pattern.pattern is None:
            return True
        pattern = pattern.pattern
    return False


def captures(pattern: cst.MatchPattern) -> list[str]:
    """The names that a pattern binds, in order, each once."""
    found: dict[str, None] = {}
    pending: list[cst.CSTNode] = [pattern]
    while pending:
        node = pending.pop()
        name = _captured(node)
        if name is not None:
            found[name] = None
        pending.extend(reversed(list(_nested(node))))
    return list(found)


def _captured(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.MatchAs | cst.MatchStar) and node.name is not None:
        return node.name.value
    if isinstance(node, cst.MatchMapping) and node.rest is not None:
        return node.rest.value
    return None


def _nested(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.MatchAs):
        if node.pattern is not None:
            yield node.pattern
    elif isinstance(node, cst.MatchMappingElement | cst.MatchKeywordElement | cst.MatchOrElement):
        yield node.pattern
    elif isinstance(node, cst.MatchSequenceElement):
        yield node.value
    elif isinstance(node, cst.MatchMapping):
        yield from node.elements
    elif isinstance(node, cst.MatchClass):
        yield from node.patterns
        yield from node.kwds
    elif isinstance(node, cst.MatchList | cst.MatchTuple | cst.MatchOr):
        yield from node.patterns
