"""NN126: an optimizer that is made anew in every iteration."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.events import LoopRole
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.optimizers import Built, optimizers_built
from lintnn.model.syntax import Loop, argument, dotted, targets, walk

RESTARTS = frozenset(
    {
        "load_state_dict",
        "reset_parameters",
        "requires_grad",
        "requires_grad_",
        "apply",
        "deepcopy",
        "add_module",
        "reset",
        "init_weights",
        "unfreeze",
    }
)
"""Names that tell of a fresh start, or of other parameters, in every iteration."""
ROUNDS = ("epoch", "step", "batch", "iter", "idx")


class OptimizerRebuiltInLoop(Check[Report]):
    code = "NN126"
    name = "optimizer-rebuilt-in-loop"
    family = Family.TRAINING
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "an optimizer is constructed anew in every batch or epoch, so its moments start from zero each time"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Optimizers with a state that are built in a loop over epochs or batches, for a model that was made before it."""
        for built in optimizers_built(model):
            if not built.line.loops or built.line.branches or not _has_state(model, built):
                continue
            loop = built.line.loops[-1]
            if _is_over_rounds(loop) and not _starts_afresh(loop, built) and _trains(model, loop):
                yield Report(
                    code=self.code,
                    place=Place(model.path, built.line.at),
                    message=f"`{built.name}` is built anew in every iteration.",
                    why="Momentum and step sizes are forgotten each time: Adam goes back to its first, uncorrected steps.",
                    advice="Build it once before the loop; change the learning rate with a scheduler or in `param_groups`.",
                    notes=(Note(Place(model.path, loop.at), "in this loop"),),
                    symbol=built.routine.name,
                )


def _has_state(model: SemanticModel, built: Built) -> bool:
    name = model.library_name(built.call.func).rpartition(".")[2]
    momentum = argument(built.call, 2, "momentum")
    return name != "SGD" or (momentum is not None and not (isinstance(momentum, ir.Literal) and not momentum.value))


def _is_over_rounds(loop: Loop) -> bool:
    """Whether a loop goes over epochs or batches, and not over folds, settings, tasks or layers."""
    if not isinstance(loop, ir.For):
        return False
    names = [node.id.lower() for node in walk(loop.target) if isinstance(node, ir.Name)]
    return any(word in name for name in names for word in ROUNDS) or any(
        "loader" in dotted(node).lower() for node in walk(loop.iter) if isinstance(node, (ir.Name, ir.Attribute))
    )


def _starts_afresh(loop: Loop, built: Built) -> bool:
    bases = {source.partition(".")[0] if not source.startswith("self.") else source for source in built.sources}
    if not bases:
        return True
    for node in walk(loop):
        if isinstance(node, ir.Attribute) and node.attr in RESTARTS:
            return True
        if isinstance(node, (ir.Assign, ir.AnnAssign, ir.For, ir.With)) and any(dotted(target) in bases for target in targets(node)):
            return True
    return False


def _trains(model: SemanticModel, loop: Loop) -> bool:
    place = Place(model.path, loop.at)
    return any(one.at == place and one.role is LoopRole.TRAINING for trace in model.traces() for one in model.loops(trace))
