"""NN151: a distributed sampler that gives the same order in every epoch."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.events import LoopRole
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.syntax import Line, Routine, argument, assigned_value, dotted, targets, walk

SAMPLER = "torch.utils.data.distributed.DistributedSampler"
SAMPLERS = frozenset({SAMPLER, "torch.utils.data.DistributedSampler"})
MANAGED = ("Accelerator", "Trainer", "LightningModule", "Fabric", "fabric", "Engine", "accelerator")
NOT_TRAINING = ("val", "test", "eval", "dev", "infer", "predict")


class MissingSetEpoch(Check[Report]):
    code = "NN151"
    name = "missing-set-epoch"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a DistributedSampler in a loop over epochs without `set_epoch`: the same order in every epoch"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Loops over epochs in files that make a shuffling sampler, where nothing in reach ever calls ``set_epoch``."""
        if not model.mentions("DistributedSampler") or model.mentions(*MANAGED):
            return
        samplers = [(routine, line) for routine in model.routines() for line in routine.lines if _is_training_sampler(model, line)]
        if not samplers:
            return
        training = {loop.at for trace in model.traces() for loop in model.loops(trace) if loop.role is LoopRole.TRAINING}
        loops = [
            (routine, line.statement)
            for routine in model.routines()
            for line in routine.lines
            if isinstance(line.statement, ir.For) and not line.loops and _is_over_epochs(line.statement)
        ]
        found = [(routine, loop) for routine, loop in loops if Place(model.path, loop.at) in training or _calls_training(loop)]
        if found and not model.imports_mention("set_epoch"):
            yield self._report(model, found[0], samplers[0][1])

    def _report(self, model: SemanticModel, found: tuple[Routine, ir.For], sampler: Line) -> Report:
        routine, loop = found
        name = next((dotted(target) for target in targets(sampler.statement)), "") or "sampler"
        return Report(
            code=self.code,
            place=Place(model.path, loop.at),
            message="The distributed sampler is never told the epoch, so every epoch has the same order and the same batches.",
            why="`DistributedSampler` shuffles with seed + epoch; without `set_epoch` the epoch stays 0.",
            advice=f"Begin the epoch with `{name}.set_epoch(epoch)`.",
            notes=(Note(Place(model.path, sampler.at), "the sampler is built here"),),
            symbol=routine.name,
        )


def _is_training_sampler(model: SemanticModel, line: Line) -> bool:
    """Whether a statement builds a sampler that shuffles, and no name says that it is for evaluation."""
    value = assigned_value(line.statement)
    call = (
        next((node for node in walk(value) if isinstance(node, ir.Call) and model.library_name(node.func) in SAMPLERS), None)
        if value
        else None
    )
    if call is None:
        return False
    shuffle = argument(call, 3, "shuffle")
    if isinstance(shuffle, ir.Literal) and shuffle.value is False:
        return False
    names = [dotted(target) for target in targets(line.statement)] + [dotted(one.value) for one in call.args]
    return not any(word in name.lower() for name in names for word in NOT_TRAINING)


def _is_over_epochs(loop: ir.For) -> bool:
    name = dotted(loop.target).lower()
    if not isinstance(loop.iter, ir.Call) or dotted(loop.iter.func).rpartition(".")[2] not in ("range", "trange", "tqdm", "count"):
        return False
    return "epoch" in name or any("epoch" in dotted(node).lower() for node in walk(loop.iter) if isinstance(node, (ir.Name, ir.Attribute)))


def _calls_training(loop: ir.For) -> bool:
    names = [dotted(node.func).rpartition(".")[2].lower() for node in walk(loop) if isinstance(node, ir.Call)]
    return any(name == "backward" or name.startswith("train") for name in names)
