"""NN125: two optimizers own the same module, or change places in a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.optimizers import Built, optimizers_built
from lintnn.model.syntax import Routine, apart, dotted, method_call, own

WORDS = ("optim", "opt_", "_opt")


class DuplicateOptimizer(Check[Report]):
    code = "NN125"
    name = "duplicate-optimizer"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "two optimizers of one step own the same module, or optimizers change places in a call"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Pairs of optimizers over one module that step in one loop; optimizers that are passed where the other one belongs."""
        built = optimizers_built(model)
        for number, first in enumerate(built):
            for second in built[number + 1 :]:
                if _is_double(first, second) and _step_together(model, first, second):
                    yield self._double(model, first, second)
        if any(word in name for word in WORDS for name in model.module.attributes):
            yield from self._swapped(model)

    def _double(self, model: SemanticModel, first: Built, second: Built) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, second.line.at),
            message=f"`{second.name}` gets the parameters of `{second.sources[0]}`, which `{first.name}` already has.",
            why="The module takes two steps per iteration with two sets of moments, and the one that was meant takes none.",
            advice="Give each optimizer the module that it is named after.",
            notes=(Note(Place(model.path, first.line.at), f"`{first.name}` is built here"),),
            symbol=second.routine.name,
        )

    def _swapped(self, model: SemanticModel) -> Iterator[Report]:
        functions = {
            routine.function.name: routine.function
            for routine in model.routines()
            if routine.function is not None and routine.owner is None
        }
        for routine in model.routines():
            for line in routine.lines:
                for node in own(line.statement):
                    function = functions.get(dotted(node.func)) if isinstance(node, ir.Call) else None
                    wrong = _misplaced(node, function) if isinstance(node, ir.Call) and function is not None else None
                    if wrong is not None and function is not None:
                        yield self._swap(model, routine, wrong, function)

    def _swap(self, model: SemanticModel, routine: Routine, wrong: tuple[ir.Expr, str], function: ir.Function) -> Report:
        given, name = wrong
        return Report(
            code=self.code,
            place=Place(model.path, given.at),
            message=f"`{dotted(given)}` is passed for the parameter `{name}` of `{function.name}`, which has one of its own name.",
            why="One optimizer does the work of the other: a module is stepped with gradients that were cleared for another one.",
            advice="Pass optimizers in the order of the parameters, or by name.",
            notes=(Note(Place(model.path, function.at), f"`{function.name}` is defined here"),),
            symbol=routine.name,
        )


def _is_double(first: Built, second: Built) -> bool:
    if first.routine is not second.routine or first.name == second.name or apart(first.line, second.line):
        return False
    return first.whole and second.whole and first.sources == second.sources and len(first.sources) == 1


def _step_together(model: SemanticModel, first: Built, second: Built) -> bool:
    """Whether both optimizers step in the body of one loop, in one class or function."""
    owner = first.routine.owner
    for routine in model.routines():
        if routine is not first.routine and not (owner is not None and routine.owner is owner and first.name.startswith("self.")):
            continue
        steps: dict[str, list[tuple[object, ...]]] = {}
        for line in routine.lines:
            for node in own(line.statement):
                called = method_call(node)
                if called is not None and called[1] == "step" and (name := dotted(called[0])) in (first.name, second.name):
                    steps.setdefault(name, []).append((line.loops[-1:], line.branches))
        if len(steps) == 2 and any(one == other and one[0] for one in steps[first.name] for other in steps[second.name]):
            return True
    return False


def _misplaced(call: ir.Call, function: ir.Function) -> tuple[ir.Expr, str] | None:
    """An optimizer that is passed by position for another parameter than the one of its name."""
    names = [parameter.name for parameter in function.parameters if parameter.kind in ("plain", "positional")]
    if any(one.star or one.keyword is not None for one in call.args):
        return None
    given = [one.value for one in call.args]
    for position, value in enumerate(given[: len(names)]):
        name = dotted(value)
        if name in names and name != names[position] and all(any(word in text for word in WORDS) for text in (name, names[position])):
            return value, names[position]
    return None
