"""What reaches a loss as its prediction, and the places that explain it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from msgspec import Struct

from lintnn.findings import Confidence, Note, Place
from lintnn.model import SemanticModel
from lintnn.values.domain import Fact, Tensor, Unknown
from lintnn.values.records import LossCall

PROBABILITIES = frozenset({"softmax", "sparsemax", "gumbel_softmax"})
"""Activations over classes whose results sum to 1."""
CLASS_LOGITS = frozenset({"logits"})
BINARY_LOGITS = frozenset({"binary_logits"})
ORDERED = frozenset(
    {
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "multi_label_soft_margin_loss",
        "multi_label_margin_loss",
        "multi_margin_loss",
        "soft_margin_loss",
        "sigmoid_focal_loss",
        "soft_target_cross_entropy",
        "label_smoothing_cross_entropy",
        "poisson_nll_loss",
    }
)
"""Losses of a prediction and a truth, in this order."""


class Input(Struct, frozen=True):
    """The prediction of one loss call: the tensor that certainly reaches it on some path."""

    call: LossCall
    tensor: Tensor
    confidence: Confidence
    place: Place
    notes: tuple[Note, ...]

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self.call.loss.name

    @property
    def symbol(self) -> str:
        """The function around the call."""
        return self.call.site.symbol


def expectation(call: LossCall) -> str:
    """What the loss wants as its prediction at this call."""
    return call.expects or call.loss.expects


def after(activations: Collection[str]) -> Callable[[Tensor], bool]:
    """A question about tensors: was one of these activations the last one?"""
    return lambda tensor: tensor.after in activations


def inputs(model: SemanticModel, wanted: Callable[[LossCall], bool], property_: Callable[[Tensor], bool]) -> Iterator[Input]:
    """Predictions with a property, of the loss calls that are wanted."""
    for call in model.loss_calls():
        if not wanted(call):
            continue
        found = model.tensor_where(call.arguments.get(call.loss.prediction), call.site, property_)
        if found is not None:
            tensor, confidence = found
            place = call.places.get(call.loss.prediction, call.site.place)
            yield Input(call, tensor, confidence, place, notes(model, call, tensor))


def notes(model: SemanticModel, call: LossCall, tensor: Tensor) -> tuple[Note, ...]:
    """The way of the tensor to the loss, then the place where the loss was built."""
    trail = model.trail(tensor)
    if call.built is None or call.built == call.site.place:
        return trail
    return (*trail, Note(call.built, f"the loss `{call.loss.name}` is built here"))


def is_trained(tensor: Tensor) -> bool:
    """Whether a gradient flows from the tensor back into a module."""
    return tensor.attached is not False and bool(tensor.sources)


def wants_log_probabilities(call: LossCall) -> bool:
    """Whether the loss is one of the likelihoods over classes; a divergence between distributions is another matter."""
    return expectation(call) == "log_probabilities" and call.loss.name != "kl_div"


def is_swapped(model: SemanticModel, call: LossCall) -> bool:
    """Whether only the target of a call depends on trained parameters."""
    loss = call.loss
    if loss.name not in ORDERED or call.site.grad is False:
        return False
    prediction, target = call.arguments.get(loss.prediction), call.arguments.get(loss.target_name)
    if prediction is None or target is None:
        return False
    return model.every(prediction, _is_data) and model.certainly(target, _is_trained_output, call.site) is not None


def _is_data(fact: Fact) -> bool:
    if type(fact) is Tensor:
        return not fact.sources and (fact.attached is False or (fact.attached is None and fact.role in ("data", "argument")))
    return type(fact) is Unknown and (bool(fact.element_of) or fact.cause in ("data", "parameter"))


def _is_trained_output(fact: Fact) -> bool:
    return type(fact) is Tensor and is_trained(fact)
