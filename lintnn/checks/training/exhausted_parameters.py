"""NN123: a generator of parameters is used up by its first user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.optimizers import PARAMETERS, is_optimizer
from lintnn.model.syntax import Line, Routine, apart, assigned_value, dotted, is_inside, method_call, own, targets, walk

ITERATING = frozenset({"list", "tuple", "set", "sum", "sorted", "max", "min", "any", "all", "dict", "filter", "map"})
LAZY = frozenset({"filter", "itertools.chain", "itertools.chain.from_iterable"})


class Use(Struct, frozen=True, gc=False):
    """A place that goes through the parameters; ``what`` says how."""

    line: Line
    at: int
    what: str


class ExhaustedParameters(Check[Report]):
    code = "NN123"
    name = "exhausted-parameters"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a generator of parameters is used a second time, when it gives nothing any more"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Names of generators of parameters that are gone through twice, or in a loop."""
        if not model.mentions(*PARAMETERS):
            return
        if any(routine.name.endswith(".parameters") for routine in model.routines()):
            return
        for routine in model.routines():
            for made in routine.lines:
                value = assigned_value(made.statement)
                if value is None or not _is_generator(model, value):
                    continue
                for target in targets(made.statement):
                    if name := dotted(target):
                        yield from self._twice(model, routine, made, name)

    def _twice(self, model: SemanticModel, routine: Routine, made: Line, name: str) -> Iterator[Report]:
        first: Use | None = None
        for use in _uses(model, routine, made, name):
            if first is not None and not apart(first.line, use.line) and first.at != use.at:
                yield self._report(model, routine, made, name, first, use)
                return
            looped = [loop for loop in use.line.loops if not is_inside(made, loop)]
            if looped and not isinstance(use.line.statement, ir.For) and not _leaves(routine, use.line):
                yield self._report(model, routine, made, name, use, use)
                return
            first = first or use
        if first is not None and name.startswith("self.") and routine.owner is not None:
            for other in model.routines():
                if other.owner is routine.owner and other is not routine and other.lines:
                    again = next(_uses(model, other, None, name), None)
                    if again is not None:
                        yield self._report(model, other, made, name, first, again)
                        return

    def _report(self, model: SemanticModel, routine: Routine, made: Line, name: str, first: Use, again: Use) -> Report:
        steps = [Note(Place(model.path, made.at), f"`{name}` is a generator")]
        if first is not again:
            steps.append(Note(Place(model.path, first.at), f"{first.what} uses it up"))
        when = "the first iteration has used it up" if first is again else f"{first.what} has used it up"
        return Report(
            code=self.code,
            place=Place(model.path, again.at),
            message=f"`{name}` gives nothing here: {when}.",
            why="An empty iterator raises no error: gradients stay unclipped, penalties are 0, and an optimizer refuses an empty list.",
            advice="Make it a list where it is built: `list(model.parameters())`.",
            notes=tuple(steps),
            symbol=routine.name,
        )


def _is_generator(model: SemanticModel, value: ir.Expr) -> bool:
    called = method_call(value)
    if called is not None and called[1] in PARAMETERS:
        return True
    if isinstance(value, ir.Comprehension):
        return value.kind == "generator" and any(_is_generator(model, clause.iter) for clause in value.clauses)
    if isinstance(value, ir.Call) and (model.library_name(value.func) or dotted(value.func)) in LAZY:
        return any(_is_generator(model, one.value) for one in value.args)
    return False


def _uses(model: SemanticModel, routine: Routine, made: Line | None, name: str) -> Iterator[Use]:
    """The uses after the assignment, in order, until the name is bound to something else."""
    for line in routine.lines:
        if made is not None and (line.at <= made.at or apart(line, made)):
            continue
        for node in own(line.statement):
            if isinstance(node, ir.Call):
                what = _consumer(model, node, name)
                if what:
                    yield Use(line, node.at, what)
            elif isinstance(node, ir.Comprehension) and any(dotted(clause.iter) == name for clause in node.clauses):
                if not _is_alone(node, routine):
                    yield Use(line, node.at, "the comprehension")
        if isinstance(line.statement, ir.For) and dotted(line.statement.iter) == name:
            if not any(isinstance(node, ir.Break) for node in walk(line.statement)):
                yield Use(line, line.at, "the loop")
        if any(dotted(target) == name for target in targets(line.statement)) and (
            made is None or not made.branches or line.branches == made.branches
        ):
            return


def _is_alone(node: ir.Comprehension, routine: Routine) -> bool:
    """Whether it is a generator that is only made: nobody is seen to go through it on the spot."""
    return node.kind == "generator" and any(assigned_value(line.statement) is node for line in routine.lines)


def _consumer(model: SemanticModel, call: ir.Call, name: str) -> str:
    """What a call is that goes through all of its argument at once; empty if none is known to."""
    function = dotted(call.func)
    if is_optimizer(model, call):
        given = any(dotted(inner) == name for one in call.args for inner in walk(one.value) if isinstance(inner, (ir.Name, ir.Attribute)))
        return "the optimizer" if given else ""
    if not any(dotted(one.value) == name for one in call.args):
        return ""
    effect = lookup.effect(model.library_name(call.func))
    if effect is not None and effect.kind == "clip":
        return "the clipping"
    return f"`{function}(…)`" if function in ITERATING - LAZY else ""


def _leaves(routine: Routine, use: Line) -> bool:
    """Whether the block of a use leaves the loop after it."""
    return any(
        isinstance(line.statement, (ir.Break, ir.Return, ir.Raise))
        and line.at > use.at
        and line.loops == use.loops
        and line.branches == use.branches
        for line in routine.lines
    )
