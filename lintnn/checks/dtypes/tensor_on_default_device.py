"""NN511: a tensor made in forward on the default device meets tensors of the model."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.devices import meetings
from lintnn.values.happenings import EventKind, events_of

DEFAULTS = ("set_default_device", "set_default_tensor_type")
DEVICES = ("device", "cuda", "to", "is_available", "Accelerator", "Fabric")


class TensorOnDefaultDevice(Check[Report]):
    code = "NN511"
    name = "tensor-on-default-device"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a tensor made in `forward` without a device meets inputs or weights of the model"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Tensors made inside of ``forward`` that meet others there; scripts that train and name no device are left alone."""
        if model.mentions(*DEFAULTS) or (not model.mentions(*DEVICES) and _trains(model)):
            return
        reported = set()
        for meeting in meetings(model):
            if not meeting.made.in_forward or meeting.made.place.path != model.path or meeting.made.place in reported:
                continue
            reported.add(meeting.made.place)
            yield Report(
                code=self.code,
                place=meeting.made.place,
                message="This tensor is made on the default device, not on that of the input.",
                why="With the model on a GPU it stays on the CPU, and the operation stops: expected all tensors to be on the same device.",
                advice="Pass `device=x.device`, or start from the input: `x.new_zeros(…)`, `torch.zeros_like(x)`.",
                notes=(Note(meeting.site.place, f"it meets a tensor of the model here, in `{meeting.what}`"),),
                symbol=meeting.made.symbol,
            )


def _trains(model: SemanticModel) -> bool:
    return any(event.kind is EventKind.BACKWARD for trace in model.traces() for event in events_of(trace.tree))
