"""NN111: a loop takes the first batch of a new iterator every time."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.events import LoopFacts, LoopRole
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import Fact, Ref, Unknown, facts

LOADER_WORDS = ("loader", "dataset", "batches", "data_iter")


class SameBatchEveryIteration(Check[Report]):
    code = "NN111"
    name = "same-batch-every-iteration"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "next(iter(loader)) inside a loop takes the first batch of a new iterator in every iteration"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """First elements of loaders, taken in loops that train or evaluate with them."""
        found = unique((one.site.place, one) for one in model.nexts_of_iter() if all(_is_loader(model, fact) for fact in facts(one.source)))
        if not found:
            return
        loops = {loop.at.at: loop for trace in model.traces() for loop in model.loops(trace)}
        for one in found:
            loop = loops.get(one.site.loops[-1])
            if loop is None or not _uses_batches(loop):
                continue
            yield Report(
                code=self.code,
                place=one.site.place,
                message="A new iterator is made in every iteration, and only its first batch is used.",
                why="Without shuffling every iteration sees the same batch; with it, a third of the data is left to chance.",
                advice="Iterate over the loader, or make the iterator once before the loop.",
                symbol=one.site.symbol,
            )


def _is_loader(model: SemanticModel, fact: Fact) -> bool:
    if type(fact) is Ref:
        return model.object(fact.id).kind == "loader"
    if type(fact) is Unknown:
        name = fact.symbol.rpartition(":")[2].rpartition(".")[2].lower()
        return not fact.element_of and not fact.symbol.startswith("@") and any(word in name for word in LOADER_WORDS)
    return False


def _uses_batches(loop: LoopFacts) -> bool:
    """Whether the loop's own body trains or evaluates, not only a loop within it."""
    if loop.role is LoopRole.TRAINING:
        return loop.direct
    return loop.role is LoopRole.EVALUATION
