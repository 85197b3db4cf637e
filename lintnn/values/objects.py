"""Making library objects, and calls of things that are not known."""

from __future__ import annotations

from lintnn.knowledge import lookup
from lintnn.knowledge.schema import Loss
from lintnn.values import calls, containers, modules
from lintnn.values.arguments import Arguments
from lintnn.values.classes import find_method
from lintnn.values.domain import (
    NO_TRAIL,
    NONE,
    Bound,
    Constant,
    Fact,
    Parameters,
    Partial,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    facts,
)
from lintnn.values.happenings import EventKind, Subject
from lintnn.values.heap import ANY, ITEMS, LAST, MODULE_KINDS, HeapObject
from lintnn.values.ops import dtypes
from lintnn.values.records import Construction, SymbolCall
from lintnn.values.run import Run

TRAINING_KINDS = frozenset({"optimizer", "scheduler", "scaler", *MODULE_KINDS, "symbol", "instance"})

METHODS_OF_MASKS = frozenset(
    ["any", "all", "view", "unsqueeze", "float", "long", "double", "half", "cuda", "cpu", "to", "detach", "type_as"]
)
"""Methods that show a comparison of unknown values to be one of tensors."""
PARTS_OF = "parts of #"
"""The cause of an unknown part of a module; the module's number follows."""
TENSOR_OPTIONS = frozenset({"weight", "pos_weight"})
"""Constructor parameters of losses that take a tensor."""


def computes(loss: Loss, arguments: dict[str, Value], positional: tuple[Value, ...], in_forward: bool) -> bool:
    """Whether the constructor of a loss is given a prediction and a target, as if it were the function."""
    if loss.prediction in arguments or loss.target_name in arguments:
        return True
    surely = [all(type(fact) is Tensor for fact in facts(value)) for value in positional]
    if len(positional) == 1:
        return surely[0] and not TENSOR_OPTIONS & {*loss.constructor[:1]}
    if len(positional) != 2 or not all(type(fact) in (Tensor, Unknown) for value in positional for fact in facts(value)):
        return False
    if TENSOR_OPTIONS & {*loss.constructor[:1]}:
        return surely[1] or (surely[0] and any(type(fact) is Tensor and bool(fact.sources) for fact in facts(positional[0])))
    given = all(type(fact) is Unknown and fact.cause == "parameter" for value in positional for fact in facts(value))
    return any(surely) or (in_forward and given)


def fill(run: Run, one: HeapObject, name: str, arguments: Arguments) -> None:
    """Give an object of a library class its constructor arguments and the table rows about its class."""
    layer = lookup.layer(name)
    loss = lookup.loss_class(name)
    optimizer = lookup.optimizer(name)
    scheduler = lookup.scheduler(name)
    data = lookup.data_source(name)
    parameters: tuple[str, ...] = ()
    if layer is not None:
        one.layer, parameters = layer, layer.parameters
    elif loss is not None:
        one.loss, parameters = loss, loss.constructor
    elif optimizer is not None:
        parameters = optimizer.parameters
    elif scheduler is not None:
        parameters = scheduler.parameters
    elif data is not None:
        parameters = data.parameters
    bound = arguments.bound(parameters)
    defaults = dict(layer.defaults) if layer is not None else {}
    one.arguments = {**{key: Constant(value) for key, value in defaults.items()}, **bound}


def construct(run: Run, name: str, kind: str, arguments: Arguments, at: int) -> Ref:
    """A new object of a library class."""
    label = name.rpartition(".")[2]
    made = run.allocate(kind, at, label, library=name)
    one = run.heap[made.id]
    fill(run, one, name, arguments)
    if one.layer is not None and one.layer.container != "no":
        fill_container(run, made, one, arguments, at)
    if kind == "layer" and (dtype := run.default_dtype()) != "float32":
        run.store.write((made.id, modules.CONVERTED), Constant(dtype))
    run.record(Construction(run.site(at), name, made.id, one.arguments, tuple(arguments.positional)))
    if kind in ("optimizer", "scaler", "scheduler"):
        run.emit(EventKind.BUILD, (Subject(made.id),), at)
    return made


def fill_container(run: Run, made: Ref, one: HeapObject, arguments: Arguments, at: int) -> None:
    if one.layer is None:
        return
    if one.layer.container == "dict":
        for value in arguments.positional[:1]:
            containers.update(run, made, value, at)
        return
    values = list(arguments.positional)
    if one.layer.container in ("list", "parameter_list") and values:
        items, summary = containers.spread(run, values[0], at)
        values = items if items is not None else []
        if items is None:
            run.store.write((made.id, ANY), summary)
    elif arguments.open:
        run.store.write((made.id, ANY), arguments.rest if arguments.rest is not None else run.unknown("items", at))
        if type(arguments.rest) is Unknown and arguments.rest.cause.startswith(PARTS_OF):
            run.store.write((made.id, "[named]"), Ref(int(arguments.rest.cause.removeprefix(PARTS_OF))))
        if arguments.last is not None:
            run.store.write((made.id, LAST), arguments.last)
    elif len(values) == 1 and type(values[0]) is Ref and run.heap[values[0].id].kind == "dict":
        keys = run.store.read((values[0].id, "[keys]"))
        source = values[0]
        values = [containers.get_item(run, source, key, at) for key in keys.items] if type(keys) is Tuple else []
        for key, value in zip(keys.items if type(keys) is Tuple else (), values, strict=True):
            if type(key) is Constant and isinstance(key.value, str):
                run.store.write((made.id, key.value), value)
    run.store.write((made.id, ITEMS), Tuple(tuple(values)))


def touched(run: Run, arguments: Arguments) -> tuple[Subject, ...]:
    """The objects that an unknown callee may change: those among the arguments, and what they hold."""
    found: dict[int, None] = {}
    pending = [fact for value in arguments.all_values() for fact in facts(value)]
    depth = 0
    while pending and depth < 64:
        depth += 1
        fact = pending.pop()
        if type(fact) is Ref:
            one = run.heap[fact.id]
            if one.kind in TRAINING_KINDS:
                found.setdefault(fact.id)
            if one.kind in ("list", "dict", "iterator"):
                pending.extend(_inside(run, fact))
        elif type(fact) is Unknown and fact.symbol in run.symbols:
            found.setdefault(run.symbols[fact.symbol])
        elif type(fact) is Tuple:
            pending.extend(f for item in fact.items for f in facts(item))
        elif type(fact) is Bound:
            pending.append(fact.receiver)
        elif type(fact) is Partial:
            pending.append(fact.callee)
    return tuple(Subject(one, False) for one in found)


def _inside(run: Run, fact: Ref) -> list[Fact]:
    found: list[Fact] = []
    for name in (ITEMS, ANY):
        value = run.store.read((fact.id, name))
        if value is not None:
            for inner in facts(value):
                if type(inner) is Tuple:
                    found.extend(f for item in inner.items[:8] for f in facts(item))
                else:
                    found.append(inner)
    return found


def give_up(run: Run, cause: str, arguments: Arguments, at: int) -> Value:
    """An unknown callee may do anything to the objects it is given; within a forward it only computes."""
    subjects = touched(run, arguments)
    if subjects and run.forward_depth == 0:
        run.emit(EventKind.UNKNOWN, subjects, at, cause)
    return run.unknown(cause, at)


def call_unknown(run: Run, callee: Unknown, arguments: Arguments, at: int) -> Value:
    """Call something known by its access path only: a module, a function that was passed, a method of either."""
    symbol = callee.symbol
    head, dot, name = symbol.rpartition(".")
    if name == CAST:
        return _cast(run, arguments, at)
    handle = handle_of(run, head) if dot else None
    if handle is not None:
        from lintnn.values import library

        return library.call_handle(run, handle, head, name, arguments, at)
    if not symbol or symbol.startswith("@"):
        from lintnn.values import library

        of_data = library.call_data_method(run, callee, name, arguments, at)
        if of_data is None and symbol and dot:
            of_data = library.call_protocol_method(run, head, name, arguments, at)
        return give_up(run, "unknown-callee", arguments, at) if of_data is None else of_data
    if callee.cause == "condition" and name in METHODS_OF_MASKS:
        from lintnn.values import library

        mask = Tensor(dtype="bool", after="derived", attached=False, symbol=callee.symbol.rpartition(".")[0], range="mask")
        return library.call_method(run, mask, name, arguments, at)
    if dot and callee.cause != "instance-call":
        from lintnn.values import library

        handled = library.call_symbol_method(run, callee, head, name, arguments, at)
        if handled is not None:
            return handled
    return call_symbol(run, symbol, arguments, at)


def handle_of(run: Run, symbol: str) -> str | None:
    """The class of the framework object that an access path leads to: it was made in sight, or is called so by everybody."""
    if symbol[:1] == "#" and symbol[1:].isdecimal():
        one = run.heap.get(int(symbol[1:]))
        return one.library if one is not None and one.kind == "library" and lookup.handle(one.library) is not None else None
    return lookup.handle_called(symbol[max(symbol.rfind("."), symbol.rfind(":")) + 1 :])


CAST = "astype"
"""A method of arrays and tables alone: what it gives is known even if nothing is known of what it converts."""


def _cast(run: Run, arguments: Arguments, at: int) -> Value:
    asked = arguments.positional[0] if arguments.positional else arguments.keywords.get("dtype")
    dtype = dtypes.of_value(asked)
    if dtype is None:
        return run.unknown("cast", at)
    return Tensor(
        dtype=dtype, after="unknown", attached=False, array=True, trail=NO_TRAIL.through(run.place(at), f"converted to `{dtype}`")
    )


def call_symbol(run: Run, symbol: str, arguments: Arguments, at: int) -> Value:
    """Call a symbolic object as a module."""
    values = arguments.all_values()
    one = run.object_of_symbol(symbol)
    if not values and not arguments.open:
        return run.unknown("call-of-symbol", at)
    modules.note_carried(run, run.heap[one], arguments, at)
    others = tuple(s for s in touched(run, arguments) if s.object != one)
    if others and run.forward_depth == 0:
        run.emit(EventKind.UNKNOWN, others, at, "unknown-callee")
    if run.forward_depth == 0:
        run.emit(EventKind.FORWARD, (Subject(one),), at)
    given = [fact for value in values for fact in facts(value) if type(fact) is Tensor]
    sources = frozenset({one}).union(*(tensor.sources for tensor in given))
    inputs = frozenset(part for tensor in given if tensor.sources for part in tensor.lineage)
    if inputs:
        run.record(SymbolCall(run.site(at), inputs))
    attached = False if run.grad is False else None
    return Tensor(
        attached=attached,
        sources=sources if attached is not False else frozenset(),
        role="opaque",
        symbol=run.unique(at),
        lineage=(run.origin(at),),
    )


def parameters_of(run: Run, value: Value) -> Parameters:
    """The parameters in what an optimizer is given: generators, lists, groups, chains of them."""
    modules: set[int] = set()
    others = False
    part = False
    pending = list(facts(value))
    steps = 0
    while pending and steps < 64:
        steps += 1
        fact = pending.pop()
        if type(fact) is Parameters:
            modules |= fact.modules
            others |= fact.others
            part |= fact.part
        elif type(fact) is Tuple:
            pending.extend(f for item in fact.items for f in facts(item))
        elif type(fact) is Ref:
            one = run.heap[fact.id]
            if one.kind == "dict":
                group = run.store.read((fact.id, "['params']"))
                pending.extend(facts(group if group is not None else containers.values_of_dict(run, fact, -1)))
            elif one.kind in ("list", "iterator"):
                pending.extend(_inside(run, fact))
            elif one.kind in MODULE_KINDS:
                modules.add(fact.id)
            else:
                others = True
        elif type(fact) is Tensor and fact.role != "parameter":
            continue
        elif fact != NONE:
            others = True
    return Parameters(frozenset(modules), others, part)


def batch(run: Run, one: HeapObject, at: int) -> Value:
    """One batch of a loader: the data set's item with its tensors, or an unknown piece of data."""
    dataset = one.arguments.get("dataset")
    collate = one.arguments.get("collate_fn")
    symbol = f"#{one.id}"
    if dataset is not None and (collate is None or collate == NONE):
        for fact in facts(dataset):
            if type(fact) is Ref and run.heap[fact.id].class_key is None:
                known = _listed_batch(run, run.heap[fact.id], symbol, at)
                if known is not None:
                    return known
            if type(fact) is Ref and run.heap[fact.id].class_key is not None:
                info = run.classes[run.heap[fact.id].class_key]  # type: ignore[index]
                method = find_method(run, info, "__getitem__")
                if method is not None:
                    with run.collecting():
                        item = calls.call_function(run, method.function, Arguments(positional=[fact, run.unknown("index", at)]), at, fact)
                    return collated(run, item, at)
            if (
                type(fact) is Ref
                and type(run.store.read((fact.id, ITEMS))) is Tuple
                and run.heap[fact.id].library.endswith("TensorDataset")
            ):
                return containers.element(run, fact, at)
    return Unknown("data", run.unique(at), symbol)


def _listed_batch(run: Run, dataset: HeapObject, symbol: str, at: int) -> Value | None:
    """One batch of a ready data set with class indices, which the default collation puts into one axis; None if nothing is known."""
    row = lookup.data_source(dataset.library)
    if row is None or "class_index" not in row.item or dataset.arguments.get("target_transform", NONE) != NONE:
        return None
    labels = Tensor(dtype="int64", after="data", attached=False, role="data", rank=1)
    return Tuple(tuple(labels if part == "class_index" else Unknown("data", run.unique(at), symbol) for part in row.item))


def collated(run: Run, item: Value, at: int) -> Value:
    """An item after the default collation: arrays and numbers become tensors (https://pytorch.org/docs/stable/data.html)."""
    if type(item) is Tuple:
        return Tuple(tuple(collated(run, part, at) for part in item.items), item.names)
    if type(item) is Tensor:
        rank = None if item.rank is None else item.rank + 1
        after = item.after if item.after != "unknown" else "data"
        return Tensor(dtype=item.dtype, after=after, attached=False, role="data", rank=rank, units=item.units, trail=item.trail)
    for kind, dtype in ((float, "float64"), (int, "int64")):
        if all(type(fact) is Constant and type(fact.value) is kind for fact in facts(item)):
            return Tensor(dtype=dtype, after="data", attached=False, role="data", rank=1)
    if type(item) is Ref and run.heap[item.id].kind == "dict":
        made = containers.make_dict(run, at)
        keys = run.store.read((item.id, "[keys]"))
        for key in keys.items if type(keys) is Tuple else ():
            containers.set_item(run, made, key, collated(run, containers.get_item(run, item, key, at), at), at)
        return made
    return Unknown("data", run.unique(at), "dataset")
