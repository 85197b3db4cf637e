"""Calls that modules make of their own parts: they are no evaluation by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from lintnn.findings import Place
from lintnn.model import SemanticModel
from lintnn.values.classes import ClassInfo

PLAIN = frozenset({"builtins", "object", "abc", "typing", "enum"})
"""Where bases come from that make no module of a class."""


def module_classes(model: SemanticModel) -> frozenset[str]:
    """The names of the classes of the file that are, or may be, modules."""
    return frozenset(info.name for info in model.classes() if info.is_module or info.open or _of_a_library(info))


def _of_a_library(info: ClassInfo) -> bool:
    return any(isinstance(base, str) and base.partition(".")[0] not in PLAIN for base in info.resolution)


def calls_of_own_parts(model: SemanticModel) -> Iterator[Place]:
    """Calls that a module makes of its own parts outside its forward, for instance to find out a size."""
    modules = module_classes(model)
    for call in model.module_calls():
        owner, _, method = call.site.symbol.rpartition(".")
        if method == "__init__" or (owner in modules and model.object(call.module).label.startswith("self.")):
            yield call.site.place
