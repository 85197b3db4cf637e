"""Which modules the optimizers of a file own, over all that was evaluated for it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from lintnn.model.semantic_model import SemanticModel
from lintnn.values.domain import Parameters, Value, facts
from lintnn.values.happenings import ObjectId


class Ownership(Struct, frozen=True, gc=False):
    """``modules``: those that some optimizer owns, with their parts. ``is_complete``: no optimizer may own others."""

    modules: frozenset[ObjectId]
    parts: dict[ObjectId, frozenset[ObjectId]]
    is_complete: bool

    def touches(self, ones: Iterable[ObjectId]) -> bool:
        """Whether some optimizer owns one of these."""
        return not self.modules.isdisjoint(ones)

    def parts_of(self, one: ObjectId) -> frozenset[ObjectId]:
        """The parts of a module."""
        return self.parts.get(one, frozenset())


def ownership(model: SemanticModel) -> Ownership:
    """What the optimizers that were built or used anywhere own."""
    owned: set[ObjectId] = set()
    parts: dict[ObjectId, frozenset[ObjectId]] = {}
    complete = True
    met: set[ObjectId] = set()
    for trace in model.traces():
        for one, facts_ in trace.objects.items():
            if facts_.kind == "optimizer":
                met.add(one)
                owned |= facts_.owns
                complete &= not facts_.owns_unknown
            elif facts_.kind == "module":
                parts[one] = parts.get(one, frozenset()) | facts_.parts
    for one in model.objects_of_kind("optimizer"):
        if one not in met:
            given = _given(model.object(one).arguments.get("params"))
            complete &= given is not None and not given.others
            owned |= frozenset() if given is None else given.modules
    for one in list(owned):
        owned |= parts.get(one, frozenset())
    return Ownership(frozenset(owned), parts, complete)


def _given(value: Value | None) -> Parameters | None:
    found = [] if value is None else list(facts(value))
    if len(found) != 1 or type(found[0]) is not Parameters:
        return None
    return found[0]
