"""NN703: recurrent state carried into the next batch with its graph."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.memory.evidence import history
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.containers import whole_of
from lintnn.values.domain import Tensor
from lintnn.values.records import Carried

STATES = frozenset(
    [
        "hidden",
        "hiddens",
        "hidden_state",
        "hidden_states",
        "state",
        "states",
        "rnn_state",
        "lstm_state",
        "hx",
        "h",
        "c",
        "hc",
        "memory",
        "mems",
    ]
)
"""Names of recurrent states."""


class HiddenStateNotDetached(Check[Report]):
    code = "NN703"
    name = "hidden-state-not-detached"
    family = Family.MEMORY
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "recurrent state is carried from one batch to the next without `detach()`"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """The outermost calls that pass on an attached state of an earlier iteration, where every iteration has its own backward."""
        carried = list(model.carried())
        loops = {record.loop for record in carried if record.recurrent or _is_state_by_name(model, record)}
        for loop in sorted(loops):
            backward = next((call for call in model.backward_calls() if loop in call.site.loops), None)
            if backward is None:
                continue
            records = [record for record in carried if record.loop == loop and (_is_attached(record) or _is_state_by_name(model, record))]
            if not records:
                continue
            first = min(records, key=lambda record: len(record.site.calls))
            if not backward.site.path <= first.site.path:
                continue  # truncated backpropagation: backward and detach come every few steps, under one condition
            yield Report(
                code=self.code,
                place=first.site.place,
                message="The state of the previous batch comes back here with its whole graph.",
                why="The second `backward()` runs into the first batch: it fails, or, with `retain_graph=True`, gets slower every time.",
                advice="Cut it before each batch: `state = state.detach()`, for an LSTM both parts.",
                notes=(Note(backward.site.place, "every iteration has its own `backward()`"),),
                symbol=first.site.symbol,
            )


def _is_state_by_name(model: SemanticModel, record: Carried) -> bool:
    """Whether an unknown model gets back, under the name of a state, a part of what it gave together with what was differentiated."""
    value = record.value
    if type(value) is not Tensor or value.role != "opaque" or record.site.grad is not True or record.argument.path != model.path:
        return False
    names = {node.id for node in model.nodes(ir.Name) if node.at == record.argument.at}
    if not names & STATES or not value.lineage or value.lineage[-1] >= 0:
        return False
    for backward in model.backward_calls():
        parts = history(model, backward) if record.loop in backward.site.loops else set()
        if any(part < 0 and whole_of(part) == whole_of(value.lineage[-1]) for part in parts):
            return True
    return False


def _is_attached(record: Carried) -> bool:
    return type(record.value) is Tensor and record.value.attached is True
