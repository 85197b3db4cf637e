"""What the text of a file says about training in several processes: wrapped models, and tests of the rank."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.model.semantic_model import SemanticModel
from lintnn.model.syntax import Line, Routine, argument, assigned_value, dotted, method_call, targets, walk

DATA_PARALLEL = "DistributedDataParallel"
SHARDED = "FullyShardedDataParallel"
MAIN = frozenset(
    {"is_main_process", "is_main", "is_master", "is_master_process", "is_rank_zero", "is_chief", "is_local_main_process", "master_process"}
)
"""Names of flags and functions that are true in one process."""


class Wrapped(Struct, frozen=True, gc=False):
    """``name = DistributedDataParallel(inner)``."""

    routine: Routine
    line: Line
    call: ir.Call
    kind: str
    name: str
    inner: str


def wrapped(model: SemanticModel) -> Iterator[Wrapped]:
    """The models that a file wraps for training in several processes."""
    for routine in model.routines():
        for line in routine.lines:
            value = assigned_value(line.statement)
            call = wrapping(model, value)
            if call is None:
                continue
            inner = argument(call, 0, "module")
            for target in targets(line.statement):
                if name := dotted(target):
                    yield Wrapped(routine, line, call, kind_of(model, call), name, dotted(inner))


def wrapping(model: SemanticModel, value: ir.Expr | None) -> ir.Call | None:
    """The wrapping call in an expression, method calls on it taken off."""
    while isinstance(value, ir.Call):
        if kind_of(model, value):
            return value
        called = method_call(value)
        if called is None:
            return None
        value = called[0]
    return None


def kind_of(model: SemanticModel, call: ir.Call) -> str:
    """Which wrapper a call makes; empty for other calls."""
    last = model.library_name(call.func).rpartition(".")[2]
    return last if last in (DATA_PARALLEL, SHARDED) else ""


def depends_on_rank(test: ir.Expr) -> bool:
    """Whether a test holds in some processes only: ``rank == 0``, ``not rank``, ``is_main_process()``."""
    if isinstance(test, ir.UnaryOp) and test.operator == "not":
        return depends_on_rank(test.operand) or _is_rank(test.operand)
    if isinstance(test, ir.BoolChain):
        return any(depends_on_rank(operand) for operand in test.operands)
    if isinstance(test, ir.CompareChain) and len(test.operands) == 2:
        left, right = test.operands
        number = right.value if isinstance(right, ir.Literal) else None
        return _is_rank(left) and isinstance(number, int) and number >= 0 and test.operators[0] in ("==", "!=", ">")
    if isinstance(test, ir.Call):
        return _last(test.func) in MAIN
    return _last(test) in MAIN


def _is_rank(expression: ir.Expr) -> bool:
    if isinstance(expression, ir.Call):
        return _last(expression.func) in ("get_rank", "get_global_rank")
    return _last(expression) in ("rank", "global_rank", "process_index")


def _last(expression: ir.Expr) -> str:
    return dotted(expression).rpartition(".")[2]


def calls_in(node: object) -> Iterator[ir.Call]:
    """The calls in a tree."""
    return (inner for inner in walk(node) if isinstance(inner, ir.Call))
