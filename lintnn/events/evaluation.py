"""Which forward passes with gradients are part of an evaluation: nothing around them computes gradients.

Such forwards get a detail: ``pass`` (outside a loop over data), ``loop`` (in a loop over data that no training iteration surrounds),
``inner`` (in a loop over data within a training iteration).
"""

from __future__ import annotations

from msgspec.structs import replace

from lintnn.values.happenings import Arm, Branch, Call, Event, EventKind, Jump, Loop, Protected, Sequence, Tree

TRAINS = frozenset({EventKind.BACKWARD, EventKind.STEP})
GRADIENT = "autograd.grad"
OVER_DATA = frozenset({"data", "other"})


def mark_evaluation(tree: Tree) -> Tree:
    """The tree with the forwards of evaluations marked; a tree that nests too deeply is left as it is."""
    marker = _Marker()
    try:
        direct = marker.trains_directly(tree)
        return marker.rewrite(tree, "" if direct else "pass", direct)
    except RecursionError:
        return tree


class _Marker:
    """Rewrites a tree; parts that need no change are kept."""

    def __init__(self) -> None:
        self._anywhere: dict[int, bool] = {}
        self._directly: dict[int, bool] = {}
        self._rewritten: dict[tuple[int, str, bool], Tree] = {}

    def trains(self, tree: Tree) -> bool:
        """Whether gradients may be computed anywhere within."""
        known = self._anywhere.get(id(tree))
        if known is None:
            known = _trains(tree) if isinstance(tree, Event) else any(self.trains(part) for part in _parts(tree))
            self._anywhere[id(tree)] = known
        return known

    def trains_directly(self, tree: Tree) -> bool:
        """Whether gradients may be computed within, loops in it left out."""
        known = self._directly.get(id(tree))
        if known is None:
            parts = () if isinstance(tree, Loop) else _parts(tree)
            known = _trains(tree) if isinstance(tree, Event) else any(self.trains_directly(part) for part in parts)
            self._directly[id(tree)] = known
        return known

    def rewrite(self, tree: Tree, mark: str, within: bool) -> Tree:
        """Mark the forwards of ``tree``; ``within`` tells that a training iteration is around. Shared parts stay shared."""
        key = (id(tree), mark, within)
        known = self._rewritten.get(key)
        if known is None:
            known = self._rewritten[key] = self._rewrite(tree, mark, within)
        return known

    def _rewrite(self, tree: Tree, mark: str, within: bool) -> Tree:
        match tree:
            case Event():
                marked = mark and tree.kind is EventKind.FORWARD and tree.grad is True and not tree.detail
                return replace(tree, detail=mark) if marked else tree
            case Sequence():
                return Sequence(tuple(self.rewrite(item, mark, within) for item in tree.items))
            case Branch():
                arms = tuple(Arm(arm.value, self.rewrite(arm.body, mark, within)) for arm in tree.arms)
                return Branch(tree.condition, arms, tree.at, tree.implicit)
            case Loop():
                return self._loop(tree, mark, within)
            case Call():
                return Call(tree.name, self.rewrite(tree.body, mark, within), tree.at)
            case Protected():
                handlers = tuple(self.rewrite(handler, mark, within) for handler in tree.handlers)
                body, orelse, final = (self.rewrite(part, mark, within) for part in (tree.body, tree.orelse, tree.final))
                return Protected(body, handlers, orelse, final)
            case Jump():
                return tree

    def _loop(self, loop: Loop, mark: str, within: bool) -> Tree:
        bodies = [loop.body] if loop.first is None else [loop.first, loop.body]
        inside = within or any(self.trains_directly(body) for body in bodies)
        if not any(self.trains(body) for body in bodies) and loop.kind in OVER_DATA:
            mark = "inner" if within else "loop"
        elif inside:
            mark = ""
        first, body = (None if part is None else self.rewrite(part, mark, inside) for part in (loop.first, loop.body))
        test, orelse = (self.rewrite(part, "", inside) for part in (loop.test, loop.orelse))
        return replace(loop, test=test, first=first, body=body, orelse=orelse)


def _trains(event: Event) -> bool:
    return event.kind in TRAINS or (event.kind is EventKind.UNKNOWN and (event.detail == GRADIENT or event.anything))


def _parts(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case Sequence():
            return tree.items
        case Branch():
            return tuple(arm.body for arm in tree.arms)
        case Loop():
            return (tree.test, tree.body, tree.orelse) if tree.first is None else (tree.test, tree.first, tree.body, tree.orelse)
        case Call():
            return (tree.body,)
        case Protected():
            return (tree.body, *tree.handlers, tree.orelse, tree.final)
        case _:
            return ()
