"""Where optimizers are built in the text of a file, and over whose parameters."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model.semantic_model import SemanticModel
from lintnn.model.syntax import Line, Routine, assigned_value, dotted, method_call, targets, walk

PARAMETERS = frozenset({"parameters", "named_parameters"})


class Built(Struct, frozen=True, gc=False):
    """``name = torch.optim.Adam(model.parameters())``. ``sources``: the dotted names whose ``parameters()`` are in what it is given;
    ``whole``: nothing else is."""

    routine: Routine
    line: Line
    call: ir.Call
    name: str
    sources: tuple[str, ...]
    whole: bool


def optimizers_built(model: SemanticModel) -> list[Built]:
    """The assignments of a file that build an optimizer."""
    return model.derived(_all_built) if model.mentions(*PARAMETERS) else []


def _all_built(model: SemanticModel) -> list[Built]:
    return list(_built(model))


def _built(model: SemanticModel) -> Iterator[Built]:
    for routine in model.routines():
        for line in routine.lines:
            call = assigned_value(line.statement)
            if not isinstance(call, ir.Call) or not is_optimizer(model, call):
                continue
            names = [dotted(target) for target in targets(line.statement)]
            given = _given(call)
            if len(names) == 1 and names[0] and given is not None:
                sources = tuple(sorted({dotted(receiver) for receiver in _owners(given)} - {""}))
                yield Built(routine, line, call, names[0], sources, _is_whole(given))


def is_optimizer(model: SemanticModel, call: ir.Call) -> bool:
    """Whether a call builds an optimizer of a library."""
    name = model.library_name(call.func)
    return bool(name) and lookup.optimizer(name) is not None


def _given(call: ir.Call) -> ir.Expr | None:
    for one in call.args:
        if one.keyword == "params" or (one.keyword is None and not one.star):
            return one.value
    return None


def _owners(given: ir.Expr) -> Iterator[ir.Expr]:
    for node in walk(given):
        called = method_call(node)
        if called is not None and called[1] in PARAMETERS:
            yield called[0]


def _is_whole(given: ir.Expr) -> bool:
    """Whether all that is given comes from one call of ``parameters()``: the call, or a filter or list of it."""
    called = method_call(given)
    if called is not None:
        return called[1] in PARAMETERS
    if isinstance(given, ir.Call) and isinstance(given.func, ir.Name) and given.func.id in ("list", "filter") and given.args:
        return _is_whole(given.args[-1].value)
    return isinstance(given, ir.Comprehension) and len(given.clauses) == 1 and _is_whole(given.clauses[0].iter)
