"""NN921: a pickle from the network is unpacked with all it may run."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.syntax import Routine, argument, assigned_value, dotted, own, targets, walk

DOWNLOADS = frozenset(
    {"hf_hub_download", "snapshot_download", "cached_download", "cached_path", "urlretrieve", "urlopen", "download_url_to_file", "gdown",
     "cached_file", "wget", "download_file_from_google_drive"}
)  # fmt: skip
"""Functions and modules that bring a file from the network."""
LOADS = frozenset({"torch.load", "torch.hub.load_state_dict_from_url", "torch.utils.model_zoo.load_url"})


class UnsafeLoad(Check[Report]):
    code = "NN921"
    name = "unsafe-load"
    family = Family.DATA
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "`torch.load(…, weights_only=False)` of a file that was downloaded"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Loads that switch the safe reader off, of files that come from the network as the function shows."""
        if not model.mentions("load", "load_url", "load_state_dict_from_url"):
            return
        for routine in model.routines():
            for line in routine.lines:
                for node in own(line.statement):
                    if not isinstance(node, ir.Call) or (name := model.library_name(node.func)) not in LOADS or not _is_open(node):
                        continue
                    source = node.at if name != "torch.load" else _download(routine, node.args[0].value, line.at) if node.args else 0
                    if source:
                        yield self._report(model, routine, node, source)

    def _report(self, model: SemanticModel, routine: Routine, call: ir.Call, source: int) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, call.at),
            message="A downloaded file is loaded with `weights_only=False`, which runs whatever code is in it.",
            why="A checkpoint is a pickle: who can change the file at its source can run programs here.",
            advice="Load with `weights_only=True`, or publish the weights as safetensors.",
            notes=(Note(Place(model.path, source), "the file comes from here"),) if source != call.at else (),
            symbol=routine.name,
        )


def _is_open(call: ir.Call) -> bool:
    flag = argument(call, -1, "weights_only")
    return isinstance(flag, ir.Literal) and flag.value is False


def _download(routine: Routine, given: ir.Expr, before: int, depth: int = 3) -> int:
    """The download in an expression, or in what its name was assigned last; 0 if there is none."""
    for node in walk(given):
        if isinstance(node, ir.Call) and any(part in DOWNLOADS for part in dotted(node.func).split(".")):
            return node.at
    name = dotted(given)
    if not name or not depth:
        return 0
    values = [
        value
        for line in routine.lines
        if line.at < before
        and any(dotted(target) == name for target in targets(line.statement))
        and (value := assigned_value(line.statement)) is not None
    ]
    return _download(routine, values[-1], values[-1].at, depth - 1) if values else 0
