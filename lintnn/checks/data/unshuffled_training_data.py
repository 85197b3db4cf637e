"""NN904: a training loader that gives the samples in the same order every epoch."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.data.loaders import Loader, datasets, loaders
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import FALSE, NONE

ORDERED = frozenset(
    {
        *("memory", "bank", "feature", "features", "extract", "embed", "embedding", "embeddings", "knn", "plain", "ordered"),
        *("sequential", "stat", "stats", "bn", "time", "series", "stream", "noshuffle", "unshuffled", "cache", "static", "lm"),
    }
)
"""Words of names of loaders that are to keep an order."""
SAMPLED_ANEW = ("make_private", "make_private_with_epsilon")
"""Methods that replace the loader by one with a sampler of its own."""
OWN_ORDER = ("sampler", "batch_sampler")


class UnshuffledTrainingData(Check[Report]):
    code = "NN904"
    name = "unshuffled-training-data"
    family = Family.DATA
    severity = Severity.WARNING
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a training loader without shuffling: every epoch sees the same batches in the same order"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Training loaders that surely get neither ``shuffle=True`` nor a sampler."""
        if model.mentions(*SAMPLED_ANEW):
            return
        for loader in loaders(model):
            if loader.role != "training" or loader.words & ORDERED or not _keeps_order(model, loader):
                continue
            yield Report(
                code=self.code,
                place=loader.made.site.place,
                message="The loader of the training data does not shuffle.",
                why="Every epoch repeats the same batches; data that is sorted by class gives batches of one class.",
                advice="Pass `shuffle=True`, or a sampler.",
                confidence=Confidence.MEDIUM,
                symbol=loader.made.site.symbol,
            )


def _keeps_order(model: SemanticModel, loader: Loader) -> bool:
    shuffle = loader.argument("shuffle")
    if shuffle is not None and not model.every(shuffle, lambda fact: fact in (FALSE, NONE)):
        return False
    for name in OWN_ORDER:
        given = loader.argument(name)
        if given is not None and model.certainly(given, lambda fact: fact == NONE, loader.made.site) is None:
            return False
    return not any("Iterable" in one.library for one in datasets(model, loader.argument("dataset")))
