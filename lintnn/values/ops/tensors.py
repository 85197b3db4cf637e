"""What a canonical operation makes of tensors: dtype, activation, graph, sources."""

from __future__ import annotations

from msgspec.structs import replace

from lintnn.knowledge.schema import Operation
from lintnn.values.domain import (
    NO_TRAIL,
    NONE,
    Constant,
    Device,
    Fact,
    LibraryName,
    Parameters,
    Ref,
    Slice,
    Tensor,
    Trail,
    Tuple,
    Unknown,
    Value,
    choose,
    constant_of,
    facts,
    guarded,
    symbol_of,
)
from lintnn.values.heap import ANY
from lintnn.values.ops import dtypes, ranges
from lintnn.values.run import Run

RAW_MAKERS = frozenset(
    [
        "linear",
        "bilinear",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "batch_norm",
        "embedding",
    ]
)
"""Layers whose output is unbounded on both sides: raw scores."""
SCALES = frozenset(["add", "sub", "rsub", "mul", "div", "neg"])
"""Arithmetic that keeps raw scores raw."""
COMPOSITIONS: dict[tuple[str, str], str] = {
    ("log_softmax", "exp"): "softmax",
    ("log_sigmoid", "exp"): "sigmoid",
    ("softmax", "log"): "log_softmax",
    ("sigmoid", "log"): "log_sigmoid",
    ("one_minus_sigmoid", "log"): "log_sigmoid",
    ("one_minus_softmax", "log"): "derived",
}
"""An activation after another that together are a third one."""
SMALL = 1e-2
"""A constant of at most this size added to probabilities leaves them probabilities (an epsilon)."""
CLAMPS = frozenset({"clamp", "clamp_min", "clamp_max"})
CLAMPED = frozenset({"softmax", "sigmoid", "sparsemax", "gumbel_softmax", "one_hot", "argmax", "data", "unknown"})
"""What stays what it is when a clamp cuts it; scores do not stay raw."""
SUMS = frozenset(["sum", "mean", "matmul", "mm", "bmm", "mv", "dot", "einsum"])
"""Sums and products of raw scores are raw scores."""
COLUMN = "column"
"""The role of one column of probabilities: they do not sum to 1 any more."""
GUARDED = "guarded"
"""The role of probabilities that an epsilon or a clamp keeps away from 0."""
MAX_LINEAGE = 12
MAX_ITEMS = 64
"""Items of a literal list that decide its dtype."""
NEUTRAL = frozenset({"unknown", "data", "raw", "derived"})
RANGE_KEEPERS = frozenset({"softmax", "sigmoid", "log_softmax", "log_sigmoid", "sparsemax", "gumbel_softmax"})


def as_tensor(run: Run, value: Value) -> Tensor | None:
    """The tensor facts of a single fact: of a tensor itself, of an unknown value as far as any tensor's; None for what is no tensor."""
    kind = type(value)
    if kind is Tensor:
        return value  # type: ignore[return-value]
    if kind is Unknown:
        return _of_unknown(value)  # type: ignore[arg-type]
    if kind is Parameters:
        return Tensor(attached=True, after="parameter", role="parameter", sources=value.modules, dtype="float32")  # type: ignore[union-attr]
    return None


def _of_unknown(value: Unknown) -> Tensor:
    """An unknown value that is used as a tensor; what a comparison gives has no gradient."""
    found = ranges.of_symbol(value.symbol)
    return Tensor(attached=False if found == "mask" else None, symbol=value.symbol, role=_role_of_unknown(value), range=found)


def _role_of_unknown(value: Unknown) -> str:
    """Pieces of data that is iterated are data, parameters of functions are arguments."""
    if value.element_of or value.cause == "data":
        return "data"
    return "argument" if value.cause == "parameter" else ""


def _is_tensor(value: Value) -> bool:
    return type(value) in (Tensor, Unknown, Parameters)


def apply(run: Run, operation: Operation, arguments: dict[str, Value], at: int) -> Value:
    """The result of an operation whose arguments are bound by name; alternatives of the first tensor are mapped one by one."""
    first_name = operation.parameters[0] if operation.parameters else ""
    first = arguments.get(first_name)
    if first is None:
        return _result(run, operation, None, arguments, at)
    options: list[tuple[Fact, frozenset[tuple[str, bool]]]] = []
    for fact, guard in guarded(first, frozenset()):
        for result_fact, own in guarded(_result(run, operation, fact, arguments, at), guard):
            options.append((result_fact, own))
    return choose(options)


def _inputs(run: Run, fact: Fact | None, arguments: dict[str, Value], first_name: str) -> list[Tensor]:
    """All tensors among the arguments, the first one first; sequences are looked into."""
    found: list[Tensor] = []
    if fact is not None:
        found.extend(_tensors_in(run, fact))
    for name, value in arguments.items():
        if name != first_name:
            for other in facts(value):
                if type(other) in (Tensor, Tuple, Ref):
                    found.extend(_tensors_in(run, other))
    return found


def _tensors_in(run: Run, fact: Fact) -> list[Tensor]:
    tensor = as_tensor(run, fact)
    if tensor is not None:
        return [tensor]
    if type(fact) is Tuple:
        return [one for item in fact.items for part in facts(item) for one in _tensors_in(run, part)][:8]
    if type(fact) is Ref and run.heap[fact.id].kind in ("list", "iterator", "generator"):
        items = run.store.read((fact.id, "[items]"))
        summary = run.store.read((fact.id, "[any]"))
        found: list[Tensor] = []
        for value in (items, summary):
            if value is not None:
                for part in facts(value):
                    if type(part) is not Ref:
                        found.extend(_tensors_in(run, part))
        return found[:8]
    return []


def _result(run: Run, operation: Operation, fact: Fact | None, arguments: dict[str, Value], at: int) -> Value:
    kind = operation.result
    if kind == "none":
        return NONE
    first_name = operation.parameters[0] if operation.parameters else ""
    inputs = _inputs(run, fact, arguments, first_name)
    if kind == "number":
        symbol = number_symbol(run, at) if operation.name == "item" else run.unique(at)
        run.tested[symbol] = frozenset(part for one in inputs for part in one.lineage)
        return Unknown("number", symbol)
    if kind in ("list", "unknown"):
        return Unknown("python-value", run.unique(at))
    tensor = _tensor(run, operation, inputs, arguments, at)
    if kind == "array":
        return Tensor(dtype=tensor.dtype, after=tensor.after, attached=False, array=True, role=tensor.role, trail=tensor.trail, lineage=())
    if kind == "pair" or (operation.pair_with and _pairs(arguments.get(operation.pair_with))):
        indices = Tensor(dtype="int64", after="argmax" if operation.name == "max" else "derived", attached=False, trail=tensor.trail)
        return Tuple((tensor, indices))
    if kind == "tensors":
        return _several(run, operation, tensor, arguments, at)
    return tensor


def _pairs(argument: Value | None) -> bool:
    """Whether an argument turns ``max(x)`` into ``max(x, dim)``: given, and no tensor."""
    return argument is not None and type(argument) is Constant and isinstance(argument.value, int)


def _several(run: Run, operation: Operation, tensor: Tensor, arguments: dict[str, Value], at: int) -> Value:
    count = constant_of(arguments.get("chunks")) if operation.name == "chunk" else ...
    if isinstance(count, int) and 0 < count <= 8:
        return Tuple((tensor,) * count)
    made = run.allocate("iterator", at, operation.name)
    run.store.write((made.id, "[any]"), tensor)
    return made


def _tensor(run: Run, operation: Operation, inputs: list[Tensor], arguments: dict[str, Value], at: int) -> Tensor:
    first = inputs[0] if inputs else Tensor(after="derived", attached=False)
    after, trail = _after(run, operation, first, inputs, arguments, at)
    attached, sources = _graph(run, operation, inputs, arguments)
    return Tensor(
        dtype=_unless_refused(operation, _dtype(run, operation, first, inputs, arguments)),
        after=after,
        attached=attached,
        sources=sources,
        units=_units(operation, first, arguments),
        rank=_rank(run, operation, first, arguments),
        axis=_axis(operation, first, arguments),
        role="copy"
        if operation.name == "tensor" and _copies(run, arguments.get(first_name_of(operation)))
        else _role(operation, inputs, first, after, arguments),
        array=operation.array and operation.name not in ("from_numpy",),
        lineage=_lineage(first, inputs, run.origin(at)),
        symbol="" if attached is not False or operation.gradient == "fresh" else _symbol(operation, arguments, run),
        trail=trail,
        range=ranges.of_result(operation, first, arguments),
    )


def _role(operation: Operation, inputs: list[Tensor], first: Tensor, after: str, arguments: dict[str, Value]) -> str:
    if operation.name == "getitem" and _is_column(arguments.get("indices")):
        return COLUMN
    if after in RANGE_KEEPERS and _guards(operation, inputs, first, after):
        return GUARDED
    if first.role == GUARDED and after.startswith("one_minus"):
        return GUARDED
    return first.role if operation.flow == "keep" else ""


def _guards(operation: Operation, inputs: list[Tensor], first: Tensor, after: str) -> bool:
    """Whether an operation on probabilities may keep them away from 0: an epsilon, a clamp, a choice by a mask."""
    if operation.name in ("getitem", "masked_select"):
        return any(one.dtype == "bool" for one in inputs[1:])
    if operation.name in ("max", "maximum"):
        return len(inputs) > 1
    return operation.name in CLAMPS or operation.name == "masked_fill" or (operation.name in SCALES and first.after == after)


def _is_column(index: Value | None) -> bool:
    return type(index) is Tuple and len(index.items) > 1 and isinstance(constant_of(index.items[-1]), int)


NUMBER = "@item"
"""Prefix of the symbol of a Python number that was read out of a tensor."""


def number_symbol(run: Run, at: int) -> str:
    """The symbol of a number that ``item()`` or ``float()`` reads out of a tensor."""
    return NUMBER + run.unique(at)[1:]


def first_name_of(operation: Operation) -> str:
    """The parameter that takes the tensor an operation works on."""
    return operation.parameters[0] if operation.parameters else ""


def _copies(run: Run, data: Value | None) -> bool:
    """Whether ``torch.tensor(data)`` copies what hangs on a graph, or a number that was read out of it."""
    if data is None:
        return False
    inside = [part for fact in facts(data) for part in ([fact] if type(fact) is Unknown else _tensors_in(run, fact))]
    return any(
        part.symbol.startswith(NUMBER) or (type(part) is Tensor and (part.attached is True or bool(part.sources))) for part in inside
    )


def _symbol(operation: Operation, arguments: dict[str, Value], run: Run) -> str:
    parts = [symbol_of(value) for value in arguments.values()]
    text = f"{operation.name}({','.join(parts)})"
    return text if all(parts) and len(text) < 80 else run.unique(-1)


def _lineage(first: Tensor, inputs: list[Tensor], origin: int) -> tuple[int, ...]:
    share = (MAX_LINEAGE - 1) // max(1, min(3, len(inputs)))
    earlier = first.lineage if len(inputs) <= 1 else tuple(dict.fromkeys(part for one in inputs[:3] for part in one.lineage[-share:]))
    return earlier if earlier[-1:] == (origin,) else (*earlier[-(MAX_LINEAGE - 1) :], origin)


def _axis(operation: Operation, first: Tensor, arguments: dict[str, Value]) -> int | None:
    if operation.flow == "activation":
        if "dim" not in operation.parameters:
            return first.axis if operation.shape == "same" else None
        axis = constant_of(arguments.get("dim"))
        return axis if isinstance(axis, int) and not isinstance(axis, bool) else None
    return first.axis if operation.flow == "keep" and operation.shape == "same" else None


def _rank(run: Run, operation: Operation, first: Tensor, arguments: dict[str, Value]) -> int | None:
    if operation.shape == "same":
        return first.rank
    if operation.name == "getitem":
        return None if first.rank is None else _rank_of_part(first.rank, arguments.get("indices"))
    if operation.shape == "unsqueeze" and first.rank is not None:
        return first.rank + 1
    if operation.name == "flatten" and constant_of(arguments.get("start_dim")) == 1:
        return 2
    if operation.shape == "view":
        axes = _size(arguments)
        return len(axes) if axes is not None else None
    if operation.name == "tensor":
        return _rank_of_data(arguments.get("data"), run)
    if operation.shape == "create":
        size = arguments.get("size", arguments.get("shape"))
        if type(size) is Tuple:
            return len(size.items)
        if _is_number(size):
            return 1
    return None


def _rank_of_part(rank: int, index: Value | None) -> int | None:
    """The number of axes of ``x[index]``: a whole number takes one away, a slice none."""
    parts = index.items if type(index) is Tuple else (index,)
    if not all(type(part) is Slice or _is_position(part) for part in parts):
        return None
    return max(0, rank - sum(_is_position(part) for part in parts))


def _is_position(part: Value | None) -> bool:
    if type(part) is Unknown:
        return part.cause == "index"
    return type(part) is Constant and type(part.value) is int


def _size(arguments: dict[str, Value]) -> tuple[Value, ...] | None:
    """The sizes that ``view`` or ``reshape`` are given; one number alone makes one axis."""
    size = arguments.get("size", arguments.get("shape"))
    if type(size) is Tuple:
        return size.items
    return (size,) if isinstance(constant_of(size), int) and size is not None else None


def _rank_of_data(value: Value | None, run: Run) -> int | None:
    """The number of axes of ``torch.tensor(data)``: none for a number, one for a list of numbers."""
    if _is_number(value):
        return 0
    items = run.store.read((value.id, "[items]")) if type(value) is Ref else value
    return 1 if type(items) is Tuple and items.items and all(_is_number(item) for item in items.items) else None


def _is_number(value: Value | None) -> bool:
    return (type(value) is Unknown and value.cause == "number") or (type(value) is Constant and isinstance(value.value, (int, float)))


def _units(operation: Operation, first: Tensor, arguments: dict[str, Value]) -> int | None:
    """The size of the last axis: kept by operations element by element, set by a view to two axes or by a new last axis."""
    if operation.shape == "same":
        return first.units
    if operation.shape == "view":
        size = _size(arguments)
        last = constant_of(size[-1]) if size is not None and len(size) == 2 else None
        return last if isinstance(last, int) and last > 0 else None
    if operation.shape == "unsqueeze" and first.rank is not None and constant_of(arguments.get("dim")) in (-1, first.rank):
        return 1
    return None


def _after(run: Run, operation: Operation, first: Tensor, inputs: list[Tensor], arguments: dict[str, Value], at: int) -> tuple[str, Trail]:
    if operation.flow == "activation" and operation.activation is not None:
        name = COMPOSITIONS.get((first.after, operation.activation), operation.activation)
        if name != operation.activation:
            return name, first.trail.through(run.place(at), f"`{operation.name}` makes it {name.replace('_', '-')}")
        return name, Trail(run.place(at), f"`{operation.name}` is applied here", first.trail if first.after == name else None)
    if operation.name in CLAMPS:
        return (first.after, first.trail) if first.after in CLAMPED else ("derived", NO_TRAIL)
    if operation.flow == "keep" or (operation.keeps_range and first.after in RANGE_KEEPERS):
        if operation.gradient == "fresh":
            return ("data" if not inputs or first.after == "unknown" else first.after), first.trail
        others = {one.after for one in inputs}
        if len(others) > 1 and operation.shape in ("cat", "stack"):
            return "derived", NO_TRAIL
        return first.after, first.trail
    if operation.name in RAW_MAKERS:
        return "raw", Trail(run.place(at), f"`{operation.name}` gives raw scores here")
    if operation.name in SCALES:
        return _arithmetic(run, operation, first, inputs, arguments, at)
    if operation.name in SUMS and {one.after for one in inputs} == {"raw"}:
        return "raw", first.trail
    if operation.name == "masked_fill" and first.after in ("raw", *RANGE_KEEPERS):
        return first.after, first.trail
    return "derived", NO_TRAIL


def _arithmetic(
    run: Run, operation: Operation, first: Tensor, inputs: list[Tensor], arguments: dict[str, Value], at: int
) -> tuple[str, Trail]:
    names = list(operation.parameters)
    other = arguments.get(names[1]) if len(names) > 1 else None
    kinds = {one.after for one in inputs}
    if kinds == {"raw"} and not _normalises(operation, inputs):
        return "raw", first.trail
    if kinds == {"sigmoid"} and operation.name == "sub":
        return "sigmoid_difference", first.trail
    number = constant_of(other)
    if len(inputs) == 1 and first.after in RANGE_KEEPERS and isinstance(number, (int, float)):
        if operation.name in ("add", "sub") and abs(number) <= SMALL:
            return first.after, first.trail
        if operation.name == "rsub" and number == 1 and first.after in ("sigmoid", "softmax"):
            return f"one_minus_{first.after}", first.trail
        if operation.name in ("mul", "div") and number == 1:
            return first.after, first.trail
    return "derived", NO_TRAIL


def _normalises(operation: Operation, inputs: list[Tensor]) -> bool:
    """Whether arithmetic on two values of one origin may cut their range: a square, a ratio, the distance from a minimum."""
    if len(inputs) < 2:
        return False
    related = inputs[0].trail.origin() is inputs[1].trail.origin()
    if operation.name == "mul":
        return related and inputs[0].lineage == inputs[1].lineage
    return operation.name == "div" or (operation.name in ("sub", "rsub") and related)


def _graph(run: Run, operation: Operation, inputs: list[Tensor], arguments: dict[str, Value]) -> tuple[bool | None, frozenset[int]]:
    if operation.gradient == "stops":
        return False, frozenset()
    if operation.gradient == "fresh":
        wanted = arguments.get("requires_grad")
        if wanted is None:
            return False, frozenset()
        flag = constant_of(wanted)
        return (flag if isinstance(flag, bool) else None), frozenset()
    if run.grad is False:
        return False, frozenset()
    sources = frozenset().union(*(one.sources for one in inputs)) if inputs else frozenset()
    verdicts = {one.attached for one in inputs if not one.array}
    attached: bool | None = False
    if True in verdicts:
        attached = True
    elif None in verdicts:
        attached = None
    if run.grad is None and attached:
        attached = None
    return attached, sources


_FIXED = frozenset(["bool", "int64", "int32", "int16", "int8", "uint8", "float32", "float64", "float16", "bfloat16", "complex64"])


def _of_data(run: Run, value: Value | None, array: bool) -> str | None:
    """The dtype of data; of a literal list (of lists) of numbers that of the widest number."""
    items = _items(run, value)
    if items is None:
        return dtypes.of_data(value, array, run.default_dtype())
    grown = _grown(run, value)
    if grown is not None:
        items = (*items, grown)
    found = [_of_data(run, item, array) if type(item) is not Tensor or array or item.array else None for item in items[:MAX_ITEMS]]
    dtype = found[0] if found else None
    for other in found[1:]:
        dtype = dtypes.promote(dtype, other)
    return dtype


def _grown(run: Run, value: Value | None) -> Value | None:
    """What was added to a list in a loop."""
    return run.store.read((value.id, ANY)) if type(value) is Ref else None


def _items(run: Run, value: Value | None) -> tuple[Value, ...] | None:
    known = run.store.read((value.id, "[items]")) if type(value) is Ref and run.heap[value.id].kind == "list" else value
    return known.items if type(known) is Tuple else None


def _dtype(run: Run, operation: Operation, first: Tensor, inputs: list[Tensor], arguments: dict[str, Value]) -> str | None:
    dtype = _by_rule(run, operation, first, inputs, arguments)
    if dtype != "float32" or operation.dtype not in BY_DEFAULT or operation.array or first.dtype in dtypes.FLOATING:
        return dtype
    return dtype if any(one.dtype in dtypes.FLOATING for one in inputs) else run.default_dtype()


BY_DEFAULT = frozenset(["float", "promote", "quotient"])
"""Rules under which integers become floating tensors of the default dtype."""


def _by_rule(run: Run, operation: Operation, first: Tensor, inputs: list[Tensor], arguments: dict[str, Value]) -> str | None:
    rule = operation.dtype
    asked = arguments.get("dtype")
    explicit = dtypes.of_value(asked) if asked is not None and asked != NONE else None
    if rule in _FIXED:
        return explicit if operation.gradient == "fresh" and asked is not None and asked != NONE else rule
    if rule in ("argument", "default", "default64", "data", "sum") and asked is not None and asked != NONE:
        return explicit
    if rule == "data":
        return _of_data(run, arguments.get("fill_value", arguments.get(operation.parameters[0])), operation.array)
    if rule == "default":
        return run.default_dtype()
    if rule == "default64":
        return "float64"
    if rule == "argument":
        return _of_positional_dtype(arguments, first)
    if rule == "float":
        return first.dtype if first.dtype is None or dtypes.category(first.dtype) >= 2 else ("float64" if operation.array else "float32")
    if rule == "sum":
        return "int64" if first.dtype is not None and dtypes.category(first.dtype) < 2 else first.dtype
    if rule in ("promote", "quotient"):
        return _promoted(rule, first, inputs, arguments, operation)
    if rule == "same":
        return first.dtype
    return None


def _unless_refused(operation: Operation, dtype: str | None) -> str | None:
    """The dtype of a result; what torch refuses is reported once and taken as repaired from there on."""
    if dtype is not None and "integer" in operation.refuses and dtypes.category(dtype) < 2 and operation.dtype in ("same", "argument"):
        return "float32"
    return dtype


def _of_positional_dtype(arguments: dict[str, Value], first: Tensor) -> str | None:
    """``x.to(torch.float32)``, ``x.to(other)``: the target may stand in any argument."""
    for name, value in arguments.items():
        if name == "input":
            continue
        if type(value) is LibraryName:
            found = dtypes.of_value(value)
            if found is not None:
                return found
        elif type(value) is Tensor:
            return value.dtype
        elif any(not _is_device(fact) for fact in facts(value)):
            return None
    return first.dtype


def _is_device(fact: Fact) -> bool:
    """Whether an argument of a conversion surely names no dtype: a device, a flag, ``None``."""
    return type(fact) in (Constant, Device) or (type(fact) is Unknown and dtypes.names_device(fact))


def _promoted(rule: str, first: Tensor, inputs: list[Tensor], arguments: dict[str, Value], operation: Operation) -> str | None:
    if "condition" in operation.parameters:
        chosen = [arguments.get(name) for name in operation.parameters if name != "condition"]
        if any(type(value) not in (Tensor, Constant) for value in chosen):
            return None
        inputs = [value for value in chosen if type(value) is Tensor]
        first = inputs[0] if inputs else Tensor()
    dtype = first.dtype
    array = operation.array or (bool(inputs) and all(one.array for one in inputs))
    for one in inputs[1:]:
        if array:
            dtype = dtypes.promote_arrays(dtype, one.dtype)
        else:
            dtype = dtypes.promote(dtype, one.dtype) if one.rank != 0 else dtype
    if len(inputs) == 1:
        for name, value in list(arguments.items())[1:3]:
            if type(value) is Constant and name != "out":
                dtype = dtypes.with_number(dtype, value.value, array)
            elif type(value) is not Constant:
                dtype = dtype if dtype is not None and dtypes.category(dtype) >= 2 else None
    if rule == "quotient" and dtype is not None and dtypes.category(dtype) < 2:
        return "float64" if array else "float32"
    return dtype


def as_array(value: Value) -> Value:
    """The value with its tensors turned into numpy arrays."""
    return choose([(replace(f, array=True, attached=False) if type(f) is Tensor else f, g) for f, g in guarded(value, frozenset())])


def discard_graph(value: Value) -> Value:
    """The value cut from its graph."""
    return choose(
        [
            (replace(f, attached=False, sources=frozenset(), axis=None, lineage=(), symbol="", shared=False), g)
            if type(f) is Tensor
            else (f, g)
            for f, g in guarded(value, frozenset())
        ]
    )
