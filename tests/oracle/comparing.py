"""Whether what the interpreter is certain of holds of a concrete value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lintnn.knowledge.ranges import AT_LEAST_0
from lintnn.values.domain import ClassValue, Constant, Fact, FunctionValue, Ref, Tensor, Tuple, Unknown, Value, facts
from lintnn.values.heap import HeapObject

Snapshot = Mapping[str, Any]
Objects = Mapping[int, HeapObject]

RANGES: Mapping[str, tuple[float, float]] = {
    "softmax": (0, 1),
    "sigmoid": (0, 1),
    "one_minus_softmax": (0, 1),
    "one_minus_sigmoid": (0, 1),
    "gumbel_softmax": (0, 1),
    "sparsemax": (0, 1),
    "one_hot": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, float("inf")),
    "softplus": (0, float("inf")),
    "exp": (0, float("inf")),
    "log_softmax": (float("-inf"), 0),
    "log_sigmoid": (float("-inf"), 0),
}
"""The least and the greatest number after an activation."""

SPANS: Mapping[str, tuple[float, float]] = {
    **{range_: (0, float("inf")) for range_ in AT_LEAST_0},
    "mask": (0, 1),
    "fraction": (0, 1),
    "unit": (-1, 1),
    "direction": (-1, 1),
}
"""The least and the greatest number in a range."""

CLASSES: Mapping[str, tuple[str, ...]] = {
    "module": ("Module",),
    "layer": ("Module",),
    "criterion": ("Module",),
    "optimizer": ("Optimizer",),
    "scheduler": ("LRScheduler", "ReduceLROnPlateau"),
    "loader": ("DataLoader",),
    "list": ("list", "tuple"),
    "dict": ("dict", "OrderedDict"),
}
"""The classes of which an object of a kind is an instance."""

ANYTHING = (float("-inf"), float("inf"))
NOTHING_KNOWN = Tensor()
TOLERANCE = 1e-5


def disagreement(values: list[tuple[Value, Objects]], concrete: Snapshot) -> str:
    """Why a concrete value is none of the possible ones; empty if it is one."""
    reasons: list[str] = []
    for value, objects in values:
        for fact in facts(value):
            reason = _against(fact, objects, concrete)
            if not reason:
                return ""
            reasons.append(reason)
    return "; ".join(dict.fromkeys(reasons))


def is_informative(values: list[tuple[Value, Objects]]) -> bool:
    """Whether there is anything that could be wrong."""
    return all(type(fact) in _JUDGES and not _says_nothing(fact) for value, _ in values for fact in facts(value))


def _says_nothing(fact: Fact) -> bool:
    return type(fact) is Tensor and (fact.dtype, fact.after, fact.attached, fact.units, fact.range) == (None, "unknown", None, None, "")


def _against(fact: Fact, objects: Objects, concrete: Snapshot) -> str:
    if type(fact) is Unknown or _says_nothing(fact):
        return ""
    judge = _JUDGES.get(type(fact))
    return judge(fact, objects, concrete) if judge is not None else ""


def _tensor(fact: Tensor, objects: Objects, concrete: Snapshot) -> str:
    if concrete["kind"] != ("array" if fact.array else "tensor"):
        return f"it is {_kind(concrete)}, no {'array' if fact.array else 'tensor'}"
    if fact.dtype is not None and fact.dtype != concrete["dtype"]:
        return f"its dtype is {concrete['dtype']}, not {fact.dtype}"
    if fact.attached is not None and fact.attached != concrete["grad"] and not fact.array:
        return f"requires_grad is {concrete['grad']}, not {fact.attached}"
    shape = concrete["shape"]
    if fact.rank is not None and fact.rank != len(shape):
        return f"it has {len(shape)} axes, not {fact.rank}"
    if fact.units is not None and fact.units not in (shape[-1:] + shape[1:2]):
        return f"its shape is {shape}: no axis of {fact.units}"
    return _range(fact, concrete)


def _range(fact: Tensor, concrete: Snapshot) -> str:
    if concrete["least"] is None:
        return ""
    for kind, (least, greatest) in ((fact.after, RANGES.get(fact.after, ANYTHING)), (fact.range, SPANS.get(fact.range, ANYTHING))):
        above = concrete["least"] > 0 if kind == "positive" else least - TOLERANCE <= concrete["least"]
        if not above or concrete["greatest"] > greatest + TOLERANCE:
            return f"its numbers lie between {concrete['least']:.3g} and {concrete['greatest']:.3g}, which is no {kind}"
    return ""


def _constant(fact: Constant, objects: Objects, concrete: Snapshot) -> str:
    if concrete["kind"] != "constant" or concrete["value"] != fact.value or type(concrete["value"]) is not type(fact.value):
        return f"it is {_kind(concrete)}, not {fact.value!r}"
    return ""


def _tuple(fact: Tuple, objects: Objects, concrete: Snapshot) -> str:
    if concrete["kind"] not in ("tuple", "list") or concrete["length"] != len(fact.items):
        return f"it is {_kind(concrete)}, no tuple of {len(fact.items)}"
    pairs = zip(fact.items, concrete["items"], strict=False)
    return next((reason for item, one in pairs if (reason := disagreement([(item, objects)], one))), "")


def _object(fact: Ref, objects: Objects, concrete: Snapshot) -> str:
    expected = CLASSES.get(objects[fact.id].kind)
    if expected is None or concrete["kind"] in expected or set(expected) & set(concrete.get("types", ())):
        return ""
    return f"it is {_kind(concrete)}, no {objects[fact.id].kind}"


def _function(fact: FunctionValue, objects: Objects, concrete: Snapshot) -> str:
    return "" if concrete.get("callable") else f"it is {_kind(concrete)}, no function"


def _class(fact: ClassValue, objects: Objects, concrete: Snapshot) -> str:
    return "" if concrete.get("callable") else f"it is {_kind(concrete)}, no class"


def _kind(concrete: Snapshot) -> str:
    match concrete["kind"]:
        case "constant":
            return repr(concrete["value"])
        case "tuple" | "list":
            return f"a {concrete['kind']} of {concrete['length']}"
        case "other":
            return f"a {concrete['types'][0]}"
        case kind:
            return f"a{'n' * (kind == 'array')} {kind}"


_JUDGES: Mapping[type, Callable[[Any, Objects, Snapshot], str]] = {
    Tensor: _tensor,
    Constant: _constant,
    Tuple: _tuple,
    Ref: _object,
    FunctionValue: _function,
    ClassValue: _class,
}
