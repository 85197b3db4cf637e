"""NN113: an iterator is used up in the first epoch."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.expressions import words
from lintnn.model.nests import Nest, bindings, reads, statements
from lintnn.values.assigned import walk

ONE_PASS = frozenset({"iter", "enumerate", "zip", "map", "filter"})
"""Builtin functions whose result can be gone through once."""
THROUGH = frozenset({"enumerate", "zip", "tqdm", "trange", "track", "islice"})
"""Functions that go through what they are given."""
ENDLESS = ("cycle", "repeat", "infinite", "endless", "count", "inf_")


class ExhaustedIterator(Check[Report]):
    code = "NN113"
    name = "exhausted-iterator"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "an iterator that is made once is gone through again in every epoch"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Loops in loops over an iterator that was made before both."""
        seen: set[int] = set()
        for nest in model.nests():
            if nest.inner.at in seen or _leaves_early(nest.inner):
                continue
            for name in _iterated(nest.inner.iter):
                made = _made_before(model, nest, name)
                if made is None:
                    continue
                seen.add(nest.inner.at)
                yield Report(
                    code=self.code,
                    place=Place(model.path, nest.inner.iter.at),
                    message=f"`{name}` can be gone through once, and this loop runs again in every round of the outer one.",
                    why="From the second round on it is empty: the loop does nothing, and no error says so.",
                    advice=f"Make `{name}` inside the outer loop, or loop over what it is made of.",
                    notes=(
                        Note(Place(model.path, made.at), "the iterator is made here, once"),
                        Note(Place(model.path, nest.outer.at), "the outer loop"),
                    ),
                    symbol=nest.symbol,
                )


def _iterated(expression: ir.Expr) -> list[str]:
    """The names that a loop goes through: its iterable, or arguments of ``enumerate``, ``zip`` and progress bars around it."""
    if isinstance(expression, ir.Name):
        return [expression.id]
    if isinstance(expression, ir.Call) and _called(expression) in THROUGH:
        return [name for argument in expression.args if argument.keyword is None for name in _iterated(argument.value)]
    return []


def _called(call: ir.Call) -> str:
    return call.func.attr if isinstance(call.func, ir.Attribute) else call.func.id if isinstance(call.func, ir.Name) else ""


def _made_before(model: SemanticModel, nest: Nest, name: str) -> ir.Expr | None:
    """The one place where the iterator is made, if that is before the outer loop and nothing else binds or advances it."""
    made = bindings(nest.scope, name)
    if len(made) != 1 or not isinstance(made[0], ir.Assign) or any(isinstance(target, ir.TupleExpr) for target in made[0].targets):
        return None
    inside = list(statements(nest.outer.body))
    if any(one is made[0] for one in inside) or not _is_one_pass(model, made[0].value):
        return None
    used = sum(isinstance(part, ir.Name) and part.id == name for statement in nest.outer.body for part in walk(statement))
    head = nest.outer.iter if isinstance(nest.outer, ir.For) else nest.outer.test
    return made[0].value if used == 1 and not reads(head, name) else None


def _is_one_pass(model: SemanticModel, value: ir.Expr) -> bool:
    if isinstance(value, ir.Comprehension):
        return value.kind == "generator" and not _is_endless(model, value)
    if not isinstance(value, ir.Call) or not isinstance(value.func, ir.Name):
        return False
    if value.func.id in ONE_PASS:
        return len(value.args) > (value.func.id in ("map", "filter")) and not _is_endless(model, value)
    return any(_is_finite_generator(one.function, value.func.id) for one in model.nodes(ir.FunctionDef))


def _is_finite_generator(function: ir.Function, name: str) -> bool:
    """Whether a function of this name yields and has no loop that could go on for ever."""
    if function.name != name or function.qualname != name or not function.is_generator or function.decorators:
        return False
    return not any(isinstance(part, ir.While) or (isinstance(part, ir.Yield) and part.delegates) for part in walk(function))


def _is_endless(model: SemanticModel, value: ir.Expr) -> bool:
    return any(part in word for word in words(model, value) for part in ENDLESS)


def _leaves_early(loop: ir.For) -> bool:
    return any(isinstance(one, ir.Break | ir.Return | ir.Raise) for one in statements(loop.body))
