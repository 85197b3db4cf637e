"""NN156: every process of a distributed training reads all of the data."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.distributed import DATA_PARALLEL, wrapped
from lintnn.model.syntax import argument

SHARING = (
    "DistributedSampler", "sampler", "batch_sampler", "Accelerator", "Fabric", "prepare", "shard", "split_by_node", "num_replicas",
    "IterableDataset", "random_split", "Subset",
)  # fmt: skip
"""Names that tell of one's own way to share the data out."""


class UnshardedLoaderUnderDdp(Check[Report]):
    code = "NN156"
    name = "unsharded-loader-under-ddp"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a shuffling loader without a DistributedSampler in a file that trains with DistributedDataParallel"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Shuffling loaders in files that wrap a model, where nothing in reach shares the data out."""
        if not model.mentions(DATA_PARALLEL) or not model.mentions("DataLoader"):
            return
        wraps = next(wrapped(model), None)
        loaders = [call for call in model.nodes(ir.Call) if _shuffles(model, call)]
        sliced = any(node.step is not None for node in model.nodes(ir.Slice))
        if (
            wraps is None
            or not loaders
            or sliced
            or model.mentions(*SHARING)
            or model.imports_mention("DistributedSampler", "num_replicas")
        ):
            return
        for call in loaders:
            yield Report(
                code=self.code,
                place=Place(model.path, call.at),
                message="Every process draws from all of the data: the loader has no `DistributedSampler`.",
                why="An epoch takes as long as in one process, and with equal seeds all processes compute the same batches.",
                advice="Pass `sampler=DistributedSampler(dataset)` instead of `shuffle=True`, and call `set_epoch` in each epoch.",
                notes=(Note(Place(model.path, wraps.line.at), "the model is wrapped here"),),
            )


def _shuffles(model: SemanticModel, call: ir.Call) -> bool:
    if model.library_name(call.func) != "torch.utils.data.DataLoader":
        return False
    shuffle = argument(call, 2, "shuffle")
    return isinstance(shuffle, ir.Literal) and shuffle.value is True
