"""What the rules about kept graphs share: which values hang on a graph that ``backward()`` goes through, and which are still needed."""

from __future__ import annotations

from collections.abc import Iterator

from lintnn.findings import Note, Place
from lintnn.model import SemanticModel
from lintnn.values.domain import FREE, Guard, Tensor, Value, alternatives, contradicts
from lintnn.values.records import Accumulation, BackwardCall, Site


def graph_values(value: Value, path: Guard = FREE) -> Iterator[Tensor]:
    """The tensors of a value that may hang on a graph, on a path; tuples are looked into."""
    for fact, guard in alternatives(value):
        if contradicts(guard, path):
            continue
        if type(fact) is Tensor:
            if fact.attached or (fact.attached is None and fact.sources and not fact.array):
                yield fact
        else:
            for item in getattr(fact, "items", ()):
                yield from graph_values(item, path)


def backward_in_iteration(model: SemanticModel, kept: Accumulation) -> BackwardCall | None:
    """A backward, in an iteration that the kept value outlives, through what the value was computed from or with."""
    if kept.site.grad is not True:
        return None
    for backward in model.backward_calls():
        if contradicts(kept.site.path, backward.site.path) or not _same_run(kept.site, backward.site):
            continue
        lineage = {part for tensor in graph_values(kept.value, backward.site.path) for part in tensor.lineage}
        if not lineage & history(model, backward):
            continue
        if any(loop in kept.outlives for loop in backward.site.loops):
            return backward
    return None


def _same_run(one: Site, other: Site) -> bool:
    """Whether both happened while the same function, or the script, was run from outside; in one function, in the same call of it."""
    if one.symbol == other.symbol and one.place.path == other.place.path and one.calls != other.calls:
        return False
    return not one.calls or not other.calls or one.calls[0] == other.calls[0]


def is_differentiated(model: SemanticModel, place: Place) -> bool:
    """Whether some backward goes through what the expression at this place makes."""
    return any(model.origin(place) in history(model, call) for call in model.backward_calls())


def history(model: SemanticModel, backward: BackwardCall) -> set[int]:
    """All expressions that the value of a backward was computed from, also through functions known by name only."""
    if type(backward.value) is not Tensor:
        return set()
    inputs: dict[int, frozenset[int]] = {}
    for call in model.symbol_calls():
        origin = model.origin(call.site.place)
        inputs[origin] = inputs.get(origin, frozenset()) | call.inputs
    found = set(backward.value.lineage)
    pending = list(found)
    while pending:
        fresh = inputs.get(pending.pop(), frozenset()) - found
        found |= fresh
        pending.extend(fresh)
    return found


def caller_notes(site: Site) -> tuple[Note, ...]:
    """The calls that led to a place in another file or function."""
    return tuple(Note(place, "called from here") for place in site.calls[1:])
