"""Which values of local variables are read: a backward pass over the statements of one function."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.values.assigned import children, walk

REFLECTIVE = frozenset({"locals", "vars", "exec", "eval", "globals"})
"""Functions that may read any variable."""

Names = frozenset[str]
NO_NAMES: Names = frozenset()


class Store(Struct, frozen=True, gc=False):
    """An assignment of one plain name whose value nobody reads. ``overwritten``: the name is assigned again on some way after it."""

    name: str
    statement: ir.Assign


class Liveness(Struct, frozen=True, gc=False):
    """What is known of a function: assignments whose value is never read, and the names whose incoming value is."""

    dead: tuple[Store, ...]
    read_first: Names


class _Ways(Struct, frozen=True, gc=False):
    """What is live where a statement may jump to: the end of the loop, its next round, the way out, the handlers."""

    after_loop: Names = NO_NAMES
    next_round: Names = NO_NAMES
    leaving: Names = NO_NAMES
    failing: Names = NO_NAMES


def liveness(function: ir.Function) -> Liveness | None:
    """None if the function may read its variables by other means than their names."""
    captured: set[str] = set()
    for node in _inside(function.body):
        if isinstance(node, ir.Name) and node.id in REFLECTIVE:
            return None
        inner = (
            node.function if isinstance(node, (ir.FunctionDef, ir.Lambda)) else node.definition if isinstance(node, ir.ClassDef) else None
        )
        if inner is not None:
            captured.update(part.id for part in walk(inner) if isinstance(part, ir.Name))
    scan = _Scan(frozenset(captured), frozenset(function.locals))
    live = scan.block(function.body, scan.captured, _Ways(leaving=scan.captured))
    return Liveness(tuple(scan.dead.values()), live)


def _inside(body: Iterable[object]) -> Iterable[object]:
    """The nodes of a body, those of nested functions and classes left out."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ir.FunctionDef, ir.ClassDef, ir.Lambda)):
            pending.extend(children(node))


def reads(expression: object) -> Names:
    """The names that an expression reads."""
    return frozenset(node.id for node in walk(expression) if isinstance(node, ir.Name))


class _Scan:
    """The pass. What it finds dead while a loop still changes is found again, or taken back, in the last round."""

    def __init__(self, captured: Names, local: Names) -> None:
        self.captured = captured
        self.local = local
        self.dead: dict[int, Store] = {}

    def block(self, body: list[ir.Stmt], live: Names, ways: _Ways) -> Names:
        """What is live before the statements, given what is live after them."""
        for statement in reversed(body):
            live = self.statement(statement, live, ways) | ways.failing
        return live

    def statement(self, node: ir.Stmt, live: Names, ways: _Ways) -> Names:
        """What is live before one statement."""
        match node:
            case ir.Assign():
                return self._assign(node, live)
            case ir.AnnAssign() if node.value is not None:
                return self._written(node.target, live) | reads(node.value)
            case ir.If():
                return self._branches(node, live, ways)
            case ir.For() | ir.While():
                return self._loop(node, live, ways)
            case ir.With():
                inner = self.block(node.body, live, ways)
                for item in reversed(node.items):
                    inner = (self._written(item.target, inner) if item.target is not None else inner) | reads(item.context)
                return inner
            case ir.Try():
                return self._try(node, live, ways)
            case ir.Match():
                arms = [
                    live,
                    *(
                        self.block(case.body, live, ways) - frozenset(case.captures) | reads(case.guard or node.subject)
                        for case in node.cases
                    ),
                ]
                return frozenset().union(*arms) | reads(node.subject)
            case ir.Return() | ir.Raise():
                return ways.leaving | (reads(node.value) if node.value is not None else NO_NAMES)
            case ir.Break():
                return ways.after_loop
            case ir.Continue():
                return ways.next_round
            case ir.FunctionDef() | ir.ClassDef():
                return live
        return live | reads(node)

    def _assign(self, node: ir.Assign, live: Names) -> Names:
        if len(node.targets) == 1 and isinstance(node.targets[0], ir.Name):
            name = node.targets[0].id
            if name in self.local and name not in live:
                self.dead[node.at] = Store(name, node)
            else:
                self.dead.pop(node.at, None)
        for target in node.targets:
            live = self._written(target, live)
        return live | reads(node.value)

    def _written(self, target: ir.Expr, live: Names) -> Names:
        """What is live before a target is assigned: its plain names are not, what it indexes is."""
        if isinstance(target, ir.Name):
            return live if target.id in self.captured else live - {target.id}
        if isinstance(target, (ir.TupleExpr, ir.ListExpr)):
            for item in target.items:
                live = self._written(item, live)
            return live
        if isinstance(target, ir.Starred):
            return self._written(target.value, live)
        return live | reads(target)

    def _branches(self, node: ir.If, live: Names, ways: _Ways) -> Names:
        result = self.block(node.orelse, live, ways)
        for arm in reversed(node.arms):
            result = result | self.block(arm.body, live, ways) | reads(arm.test)
        return result

    def _loop(self, node: ir.For | ir.While, live: Names, ways: _Ways) -> Names:
        after = self.block(node.orelse, live, ways)
        head = after
        while True:
            inner = self.block(node.body, head, _Ways(live, head, ways.leaving, ways.failing))
            if isinstance(node, ir.For):
                before = self._written(node.target, inner) | after
            else:
                before = inner | after | reads(node.test)
            if before <= head:
                break
            head = head | before
        return head | reads(node.iter) if isinstance(node, ir.For) else head

    def _try(self, node: ir.Try, live: Names, ways: _Ways) -> Names:
        final = self.block(node.final, live | ways.leaving, ways) if node.final else live
        leaving = ways.leaving | (final if node.final else NO_NAMES)
        outer = _Ways(ways.after_loop | final, ways.next_round | final, leaving, ways.failing | (final if node.final else NO_NAMES))
        handled = frozenset[str]().union(*(self.block(handler.body, final, outer) for handler in node.handlers))
        after = self.block(node.orelse, final, outer)
        within = _Ways(outer.after_loop, outer.next_round, leaving, outer.failing | handled)
        return self.block(node.body, after, within) | handled | (final if node.final else NO_NAMES)
