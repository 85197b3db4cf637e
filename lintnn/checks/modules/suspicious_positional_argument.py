"""NN810: a positional argument of a layer that means something else."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import Constant
from lintnn.values.records import Construction

FLAGS = frozenset(
    {
        "inplace",
        "bias",
        "affine",
        "track_running_stats",
        "elementwise_affine",
        "ceil_mode",
        "return_indices",
        "count_include_pad",
        "batch_first",
        "bidirectional",
        "norm_first",
        "keepdim",
        "scale_grad_by_freq",
    }
)
"""Parameters of layers that are True or False."""
NUMBERS = frozenset(
    {
        "p",
        "negative_slope",
        "alpha",
        "beta",
        "threshold",
        "lower",
        "upper",
        "min_val",
        "max_val",
        "lambd",
        "num_parameters",
        "eps",
        "momentum",
        "in_features",
        "out_features",
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "dilation",
        "groups",
        "num_features",
        "num_layers",
        "hidden_size",
        "input_size",
        "num_groups",
        "num_channels",
        "dropout",
        "dim_feedforward",
        "nhead",
    }
)
"""Parameters of layers that are numbers, for which True makes no sense."""


class SuspiciousPositionalArgument(Check[Report]):
    code = "NN810"
    name = "suspicious-positional-argument"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`LeakyReLU(True)`, `Dropout(True)`: a flag in the place of a number, or a number in the place of a flag"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Constructors of layers with a bool where a number belongs, or a number that is no flag where a flag belongs."""
        for made in unique((made.site.place, made) for made in model.constructions() if made.object is not None and made.positional):
            wrong = _misplaced(model, made)
            if wrong is None:
                continue
            parameter, value = wrong
            name = made.name.rpartition(".")[2]
            flag = isinstance(value, bool)
            yield Report(
                code=self.code,
                place=made.site.place,
                message=f"`{value}` is the `{parameter}` of `{name}` here, which is a {'number' if flag else 'flag'}.",
                why=f"`{name}` takes it as `{parameter}={int(value) if flag else bool(value)}` without a word.",
                advice="Name the argument that is meant, such as `inplace=True`.",
                symbol=made.site.symbol,
            )


def _misplaced(model: SemanticModel, made: Construction) -> tuple[str, bool | float] | None:
    layer = model.object(made.object).layer if made.object is not None else None
    if layer is None or layer.container != "no":
        return None
    for parameter, value in zip(layer.parameters, made.positional, strict=False):
        if type(value) is not Constant or isinstance(value.value, str) or value.value is None:
            continue
        if isinstance(value.value, bool) and parameter in NUMBERS:
            return parameter, value.value
        if not isinstance(value.value, bool) and isinstance(value.value, (int, float)) and parameter in FLAGS and value.value not in (0, 1):
            return parameter, value.value
    return None
