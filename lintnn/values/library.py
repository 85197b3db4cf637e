"""Calls of library functions, classes and methods, as the knowledge tables describe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from lintnn.knowledge import lookup
from lintnn.knowledge.rows import words
from lintnn.values import attributes, builtins, calls, containers, modules, objects, training
from lintnn.values.arguments import Arguments
from lintnn.values.domain import (
    FREE,
    NONE,
    Bound,
    ClassValue,
    Constant,
    Context,
    Fact,
    Parameters,
    Partial,
    RecordClass,
    Ref,
    Super,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    constant_of,
    facts,
    guarded,
)
from lintnn.values.happenings import EventKind
from lintnn.values.heap import ANY, MODULE_KINDS
from lintnn.values.ops import dtypes
from lintnn.values.records import Construction
from lintnn.values.run import Run

PROGRESS = frozenset(
    [
        "tqdm.tqdm",
        "tqdm.auto.tqdm",
        "tqdm.notebook.tqdm",
        "tqdm.rich.tqdm",
        "tqdm.trange",
        "rich.progress.track",
        "progressbar.progressbar",
        "fastprogress.progress_bar",
        "fastprogress.master_bar",
        "tqdm.autonotebook.tqdm",
        "tqdm.asyncio.tqdm",
    ]
)
"""Wrappers that give what they are given, item by item."""
SAME = frozenset(["copy.copy", "copy.deepcopy", "torch.compile", "torch.jit.script"])


def call(run: Run, name: str, arguments: Arguments, at: int) -> Value:
    """Call a library function or class by its qualified name."""
    if name.startswith("builtins."):
        handler = builtins.BUILTINS.get(name[9:])
        if handler is not None:
            return handler(run, arguments, at)
        return (
            run.unknown("builtin", at)
            if hasattr(__import__("builtins"), name[9:])
            else objects.give_up(run, "unresolved-name", arguments, at)
        )
    full = lookup.canonical(name)
    if full.endswith(".__init__") and arguments.positional and type(arguments.positional[0]) is Ref:
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.places[1:], arguments.keyword_places, arguments.open)
        return _super_method(run, arguments.positional[0], "__init__", rest, at)
    handler = SPECIAL.get(full)
    if handler is not None:
        return handler(run, arguments, at)
    for row_of in _ROWS:
        result = row_of(run, full, arguments, at)
        if result is not None:
            return result
    if full in PROGRESS:
        return arguments.positional[0] if arguments.positional else run.unknown("iterable", at)
    if lookup.is_inert(full):
        return run.unknown("inert", at)
    top = full.partition(".")[0]
    if top in ("torch", "numpy", "torchvision", "torchaudio", "torchmetrics", "einops"):
        return _undescribed(run, full, arguments, at)
    return objects.give_up(run, f"library:{top}", arguments, at)


def _undescribed(run: Run, full: str, arguments: Arguments, at: int) -> Value:
    """A function of torch or its kin without a row: it may compute anything, it trains nothing."""
    run.causes[f"no-row:{full}"] = run.causes.get(f"no-row:{full}", 0) + 1
    last = full.rpartition(".")[2]
    if last[:1].isupper() and lookup.is_module_class(full):
        return objects.construct(run, full, "layer", arguments, at)
    tensors = [f for v in arguments.all_values() for f in facts(v) if type(f) is Tensor]
    if not tensors:
        return run.unknown("undescribed", at)
    attached = False if run.grad is False else (None if any(t.attached is not False for t in tensors) else False)
    sources = frozenset().union(*(t.sources for t in tensors)) if attached is not False else frozenset()
    lineage = tuple(dict.fromkeys(part for tensor in tensors[:3] for part in tensor.lineage))
    return Tensor(attached=attached, sources=sources, role="opaque", symbol=run.unique(at), lineage=(*lineage[-7:], run.origin(at)))


# --- rows of the tables ------------------------------------------------------------------------------


def _operation(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.operation_of_function(full)
    if row is None:
        return None
    if row.name.startswith("legacy_tensor") or full == "torch.Tensor":
        run.record(Construction(run.site(at), full, None, arguments.bound(row.parameters), tuple(arguments.positional)))
    result = modules.operation_call(run, row, arguments, None, at, "function")
    first = arguments.positional[0] if arguments.positional else NONE
    return _in_place(result, first) if full.endswith("_") and type(first) is Tensor else result


def _loss_function(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.loss_function(full)
    return None if row is None else modules.call_loss(run, row, None, arguments, at)


def _loss_class(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    loss = lookup.loss_class(full)
    if loss is None:
        return None
    made = objects.construct(run, full, "criterion", arguments, at)
    if objects.computes(loss, arguments.keywords, tuple(arguments.positional), run.forward_depth > 0):
        return modules.call_loss(run, loss, None, arguments, at)
    return made


def _layer(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    if lookup.layer(full) is None:
        return None
    return objects.construct(run, full, "layer", arguments, at)


def _optimizer(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    if lookup.optimizer(full) is None and not lookup.is_optimizer_factory(full):
        return None
    made = objects.construct(run, full, "optimizer", arguments, at)
    one = run.heap[made.id]
    given = one.arguments.get("params", arguments.positional[0] if arguments.positional else NONE)
    run.store.write((made.id, "[owns]"), objects.parameters_of(run, given))
    return made


def _scheduler(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    return None if lookup.scheduler(full) is None else objects.construct(run, full, "scheduler", arguments, at)


def _loader(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.data_source(full)
    if row is None:
        return None
    kind = {"loader": "loader", "dataset": "dataset"}.get(row.kind, "library")
    if row.kind == "wrapper" and arguments.positional:
        return arguments.positional[0]
    made = objects.construct(run, full, kind, arguments, at)
    if full.endswith("TensorDataset"):
        run.store.write((made.id, "[items]"), Tuple((Tuple(tuple(arguments.positional)),)))
    return made


def _arrays(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    source = lookup.array_source(full)
    if source is not None:
        made = tuple(Tensor(dtype=dtype, after="data", attached=False, array=True) for dtype in source.dtypes)
        if not source.fields or arguments.keywords.get(source.flag) == Constant(True):
            return Tuple(made)
        bunch = objects.construct(run, full, "library", arguments, at)
        for field, array in zip(source.fields, made, strict=True):
            run.store.write((bunch.id, field), array)
        return bunch
    return None if lookup.array_encoder(full) is None else objects.construct(run, full, "library", arguments, at)


def _encoded(run: Run, receiver: Ref, name: str, arguments: Arguments, at: int) -> Value | None:
    """What a method of an object that converts arrays gives; None for other objects."""
    encoder = lookup.array_encoder(run.heap[receiver.id].library)
    if encoder is None:
        return None
    if name not in encoder.methods:
        return receiver if name == "fit" else run.unknown("inert", at)
    given = arguments.positional[0] if arguments.positional else NONE
    if encoder.dtype is not None:
        return Tensor(dtype=encoder.dtype, after="data", attached=False, array=True)
    if type(given) is not Tensor or given.dtype is None:
        return run.unknown("inert", at)
    return Tensor(dtype=dtypes.with_number(given.dtype, 1.0, array=True), after="data", attached=False, array=True)


def _halves(run: Run, arguments: Arguments, at: int) -> Value:
    """``train_test_split(a, b)``: two parts of each array."""
    if arguments.open or not arguments.positional:
        return run.unknown("split", at)
    parts = [value if type(value) is Tensor else run.unknown("split", at) for value in arguments.positional for _ in range(2)]
    return Tuple(tuple(parts))


def _ready(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.loader_of_module(full)
    if row is None or lookup.effect(full) is not None:
        return None
    made = objects.construct(run, full, "module", arguments, at)
    run.heap[made.id].loader = row
    return made


def _context(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.context(full)
    if row is None:
        return None
    if row.effect in ("no_grad", "grad") and len(arguments.positional) == 1 and type(arguments.positional[0]) not in (Constant, Unknown):
        return arguments.positional[0]
    if row.effect == "inert" and full == "torch.device":
        return (
            Constant(constant_of(arguments.positional[0]))
            if arguments.positional and type(arguments.positional[0]) is Constant
            else run.unknown("device", at, "device")
        )
    if row.effect == "inert":
        return run.unknown("context", at)
    flag = constant_of(arguments.positional[0]) if arguments.positional else ...
    if row.effect == "set_grad":
        flag = flag if isinstance(flag, bool) else None
        return Context("set_grad", flag, at)
    return Context(row.effect, None, at)


def _effect(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.effect(full)
    if row is None:
        return None
    first = arguments.positional[0] if arguments.positional else next(iter(arguments.keywords.values()), NONE)
    handler = training.EFFECTS.get(row.kind)
    if handler is not None:
        return handler(run, row, first, arguments, at)
    return run.unknown(row.kind, at)


def _wrapper(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    if lookup.framework_of_wrapper(full) is None:
        return None
    if arguments.open:
        return run.unknown("wrapped", at)
    given = [value for value in arguments.positional if not isinstance(constant_of(value), str)]
    given.extend(value for name, value in arguments.keywords.items() if name in WRAPPED)
    return given[0] if len(given) == 1 else Tuple(tuple(given))


WRAPPED = frozenset(words("model models module optimizer optimizers"))
"""Keywords under which wrappers are given what they wrap."""


def _handle(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    return None if lookup.handle(full) is None else objects.construct(run, full, "library", arguments, at)


def call_handle(run: Run, library: str, symbol: str, name: str, arguments: Arguments, at: int) -> Value:
    """A method of an object through which a loop talks to a framework. What the tables do not list of it saves, logs or waits."""
    full = lookup.canonical(f"{library}.{name}")
    context = lookup.context(full)
    if context is not None and context.effect == "accumulate":
        return Context(context.effect, None, at, f"{symbol}.sync_gradients")
    for row_of in (_wrapper, _context, _effect):
        result = row_of(run, full, arguments, at)
        if result is not None:
            return result
    return run.unknown("framework-method", at)


def _estimator(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    row = lookup.estimator(full)
    return None if row is None else training.estimate(run, row, full, arguments, at)


def train_as_estimator(run: Run, base: str, arguments: Arguments, at: int) -> None:
    """What making an instance of a class means whose library base trains the module that it is given."""
    row = lookup.estimator(base) if base else None
    if row is not None:
        training.estimate(run, row, base, arguments, at)


def _record(run: Run, full: str, arguments: Arguments, at: int) -> Value | None:
    """An object that holds what it is given under its name."""
    if not lookup.is_record(full):
        return None
    made = run.allocate("record", at, full.rpartition(".")[2], library=full)
    for name, value in arguments.keywords.items():
        run.store.write((made.id, name), value)
    items = [value for value in (*arguments.positional, *arguments.keywords.values()) if value != NONE]
    run.store.write((made.id, ANY), containers.element(run, Tuple(tuple(items)), at) if items else run.unknown("item", at))
    return made


_ROWS: tuple[Callable[[Run, str, Arguments, int], Value | None], ...] = (
    _operation,
    _loss_function,
    _loss_class,
    _layer,
    _optimizer,
    _scheduler,
    _context,
    _effect,
    _loader,
    _arrays,
    _ready,
    _wrapper,
    _handle,
    _record,
    _estimator,
)


# --- special functions -------------------------------------------------------------------------------


def _partial(run: Run, arguments: Arguments, at: int) -> Value:
    if not arguments.positional or len(list(facts(arguments.positional[0]))) != 1:
        return run.unknown("partial", at)
    callee = next(iter(facts(arguments.positional[0])))
    return Partial(callee, tuple(arguments.positional[1:]), tuple(arguments.keywords.items()))


def _wraps(run: Run, arguments: Arguments, at: int) -> Value:
    return run.unknown("wraps", at)


def _chain(run: Run, arguments: Arguments, at: int) -> Value:
    parts = [objects.parameters_of(run, value) for value in arguments.positional]
    if parts and all(part.modules or not part.others for part in parts) and any(part.modules for part in parts):
        return Parameters(frozenset().union(*(p.modules for p in parts)), any(p.others for p in parts), False, True)
    elements = [containers.element(run, value, at) for value in arguments.positional]
    summary = elements[0] if elements else run.unknown("element", at)
    for other in elements[1:]:
        summary = choose([*guarded(summary, FREE), *guarded(other, FREE)])
    return containers.make_iterator(run, at, "chain", summary)


def _named_tuple(run: Run, arguments: Arguments, at: int) -> Value:
    """``namedtuple("Out", "a b")``, ``namedtuple("Out", ["a", "b"], defaults=(None,))``."""
    given = arguments.bound(("typename", "field_names"))
    text = constant_of(given.get("field_names", NONE))
    items = containers.known_items(run, given.get("field_names", NONE))
    names = text.replace(",", " ").split() if isinstance(text, str) else [constant_of(item) for item in items or ()]
    defaults = containers.known_items(run, given.get("defaults", Tuple(())))
    if not names or not all(isinstance(name, str) for name in names) or defaults is None or len(defaults) > len(names):
        return run.unknown("named-tuple", at)
    return RecordClass(tuple(str(name) for name in names), (*[None] * (len(names) - len(defaults)), *defaults))


def _ordered_dict(run: Run, arguments: Arguments, at: int) -> Value:
    made = containers.make_dict(run, at)
    for value in arguments.positional[:1]:
        items = containers.known_items(run, value)
        if items is not None:
            for item in items:
                if type(item) is Tuple and len(item.items) == 2:
                    containers.set_item(run, made, item.items[0], item.items[1], at)
        else:
            containers.update(run, made, value, at)
    for name, value in arguments.keywords.items():
        containers.set_item(run, made, Constant(name), value, at)
    return made


def _scaler(run: Run, arguments: Arguments, at: int) -> Value:
    made = objects.construct(run, lookup.GRAD_SCALER, "scaler", arguments, at)
    return made


def _parameter(run: Run, arguments: Arguments, at: int) -> Value:
    value = arguments.positional[0] if arguments.positional else arguments.keywords.get("data", NONE)
    dtype = next((f.dtype for f in facts(value) if type(f) is Tensor), None)
    needs = constant_of(arguments.keywords.get("requires_grad", Constant(True)))
    run.record(Construction(run.site(at), "torch.nn.Parameter", None, dict(arguments.keywords), tuple(arguments.positional)))
    return Tensor(
        dtype=dtype, after="parameter", attached=needs if isinstance(needs, bool) else None, role="parameter", lineage=(run.origin(at),)
    )


def _nullary_context(run: Run, arguments: Arguments, at: int) -> Value:
    return run.unknown("context", at)


def _cuda_available(run: Run, arguments: Arguments, at: int) -> Value:
    return Unknown("machine", "torch.cuda.is_available")


SPECIAL: dict[str, Callable[[Run, Arguments, int], Value]] = {
    "functools.partial": _partial,
    "functools.wraps": _wraps,
    "itertools.chain": _chain,
    "itertools.cycle": lambda run, arguments, at: arguments.positional[0] if arguments.positional else run.unknown("cycle", at),
    "itertools.islice": lambda run, arguments, at: arguments.positional[0] if arguments.positional else run.unknown("slice", at),
    "collections.OrderedDict": _ordered_dict,
    "collections.deque": lambda run, arguments, at: (
        containers.make_list(run, at, [], run.unknown("item", at)) if arguments.positional else containers.make_list(run, at, [])
    ),
    "collections.defaultdict": lambda run, arguments, at: containers.make_default_dict(run, arguments, at),
    "collections.namedtuple": lambda run, arguments, at: _named_tuple(run, arguments, at),
    "sklearn.model_selection.train_test_split": _halves,
    "typing.cast": lambda run, arguments, at: arguments.positional[1] if len(arguments.positional) > 1 else run.unknown("cast", at),
    lookup.GRAD_SCALER: _scaler,
    "torch.nn.Parameter": _parameter,
    "torch.cuda.is_available": _cuda_available,
    "torch.is_grad_enabled": lambda run, arguments, at: run.unknown("grad-mode", at),
}


# --- methods -----------------------------------------------------------------------------------------


def call_method(run: Run, receiver: Fact, name: str, arguments: Arguments, at: int) -> Value:
    """Call a method that is not of the project."""
    if name == "backward" and type(receiver) is Constant:
        return training.backward_of(run, receiver, at)
    if type(receiver) is Tensor:
        return _tensor_method(run, receiver, name, arguments, at)
    if type(receiver) is Ref:
        return _object_method(run, receiver, name, arguments, at)
    if type(receiver) is Parameters:
        return training.parameter_method(run, receiver, name, arguments, at)
    if type(receiver) is Constant and isinstance(receiver.value, str):
        return builtins.string_method(run, receiver.value, name, arguments, at)
    if type(receiver) is ClassValue and name == "from_pretrained":
        info = calls.class_info(run, receiver)
        made = calls.new_instance(run, info, at)
        calls.call_init(run, made, info, at)
        return made
    if type(receiver) is Tuple and name == "index":
        return run.unknown("index", at)
    if type(receiver) is Tuple and name == "_replace" and receiver.names:
        kept = zip(receiver.names, receiver.items, strict=True)
        return Tuple(tuple(arguments.keywords.get(field, item) for field, item in kept), receiver.names)
    if type(receiver) is Super:
        return run.unknown("super", at)
    return objects.give_up(run, "method", arguments, at)


def _tensor_method(run: Run, receiver: Tensor, name: str, arguments: Arguments, at: int) -> Value:
    if name == "backward":
        return training.backward(run, receiver, at)
    if name == "requires_grad_":
        flag = constant_of(arguments.positional[0] if arguments.positional else arguments.keywords.get("requires_grad", Constant(True)))
        return replace(receiver, attached=flag if isinstance(flag, bool) else None)
    if receiver.role == "opaque" and not receiver.array:
        known = lookup.operation_of_method(name)
        if known is None and name in training.SYMBOL_METHODS:
            return run.unknown("method-of-opaque", at)
    row = (lookup.operation_of_array_method(name) if receiver.array else None) or lookup.operation_of_method(name)
    if row is None:
        run.causes[f"no-method:{name}"] = run.causes.get(f"no-method:{name}", 0) + 1
        if receiver.role == "opaque":
            return attributes.field(run, receiver, name, at)
        return run.unknown("tensor-method", at)
    result = modules.operation_call(run, row, arguments, receiver, at, "method")
    return _in_place(result, receiver) if name.endswith("_") and name != "detach_" else result


def _in_place(result: Value, receiver: Tensor) -> Value:
    """What an in-place operation changes keeps its dtype and its place in the graph; a parameter is the same parameter afterwards."""
    if type(result) is not Tensor:
        return result
    if receiver.role == "parameter":
        return replace(result, role=receiver.role, lineage=receiver.lineage, after=receiver.after, attached=receiver.attached)
    return replace(result, dtype=receiver.dtype, attached=receiver.attached or result.attached)


def _object_method(run: Run, receiver: Ref, name: str, arguments: Arguments, at: int) -> Value:
    one = run.heap[receiver.id]
    if name.startswith("super."):
        return _super_method(run, receiver, name[6:], arguments, at)
    handlers = _METHODS_OF_KIND.get(one.kind)
    if handlers is not None:
        handler = handlers.get(name)
        if handler is not None:
            return handler(run, receiver, arguments, at)
    if one.kind in MODULE_KINDS or (one.class_key is not None and name in training.MODULE):
        handler = training.MODULE.get(name)
        if handler is not None:
            return handler(run, receiver, arguments, at)
        if one.kind in ("module", "layer") and one.class_key is None:
            return modules.ready_output(run, one, arguments, at)
    if one.class_key is not None:
        info = run.classes[one.class_key]
        if info.framework is not None and lookup.handle(one.library) is not None:
            return call_handle(run, one.library, f"#{one.id}", name, arguments, at)
        if info.framework is not None:
            return training.framework_method(run, info.framework, receiver, name, arguments, at)
        return objects.give_up(run, "unresolved-method", arguments.shifted(receiver), at)
    if one.kind == "library":
        encoded = _encoded(run, receiver, name, arguments, at)
        if encoded is not None:
            return encoded
        if name in training.ENGINE and run.store.read((one.id, "[steps]")) is not None:
            return training.engine_method(run, receiver, name, arguments, at)
        if lookup.handle(one.library) is not None:
            return call_handle(run, one.library, f"#{one.id}", name, arguments, at)
        if name == "backward" and arguments.positional:
            return training.backward_of(run, arguments.positional[0], at)
    if one.kind in ("list", "dict", "iterator", "set", "generator", "loader", "dataset", "scheduler", "optimizer", "scaler"):
        return run.unknown("method", at)
    return objects.give_up(run, "method-of-library", arguments.shifted(receiver), at)


def _super_method(run: Run, receiver: Ref, name: str, arguments: Arguments, at: int) -> Value:
    """A method of a library base, called through ``super()``."""
    one = run.heap[receiver.id]
    if name == "__init__":
        run.store.write((receiver.id, "[super]"), Constant(True))
        if one.library and not one.arguments:
            objects.fill(run, one, one.library, arguments)
            if one.layer is not None and one.layer.container != "no":
                objects.fill_container(run, receiver, one, arguments, at)
        if one.kind == "optimizer" and arguments.positional:
            run.store.write((receiver.id, "[owns]"), objects.parameters_of(run, arguments.positional[0]))
        return NONE
    if name in ("forward", "__call__"):
        if one.loss is not None or lookup.loss_class(one.library) is not None:
            loss = one.loss or lookup.loss_class(one.library)
            assert loss is not None
            return modules.call_loss(run, loss, one, arguments, at)
        if one.layer is not None:
            return modules.call_layer(run, receiver, one, arguments, at)
        return run.unknown("super-forward", at)
    handler = training.MODULE.get(name)
    if handler is not None and one.kind in MODULE_KINDS:
        return handler(run, receiver, arguments, at)
    handlers = _METHODS_OF_KIND.get(one.kind)
    if handlers is not None and name in handlers:
        return handlers[name](run, receiver, arguments, at)
    return run.unknown("super-method", at)


_METHODS_OF_KIND: dict[str, Mapping[str, Callable[[Run, Ref, Arguments, int], Value]]] = {
    "list": builtins.LIST,
    "iterator": builtins.LIST,
    "dict": builtins.DICT,
    "optimizer": training.OPTIMIZER,
    "scheduler": training.SCHEDULER,
    "scaler": training.SCALER,
    "criterion": {"forward": lambda run, receiver, arguments, at: modules.call_object(run, receiver, arguments, at)},
}


def call_symbol_method(run: Run, callee: Unknown, head: str, name: str, arguments: Arguments, at: int) -> Value | None:
    """A method of a symbolic object; None if the path is rather a function or module that is called as such."""
    if name == "zero_":
        cleared = call_protocol_method(run, head, name, arguments, at)
        if cleared is not None:
            return cleared
    handler = training.SYMBOL_METHODS.get(name)
    handled = handler(run, head, arguments, at) if handler is not None else None
    if handled is not None or name not in TENSOR_ONLY:
        return handled
    return _of_unknown_tensor(run, Unknown(callee.cause, head, callee.element_of), name, arguments, at)


def call_data_method(run: Run, callee: Unknown, name: str, arguments: Arguments, at: int) -> Value | None:
    """A method of a piece of data without a name; None if it does not show that the data is a tensor."""
    head = callee.symbol.rpartition(".")[0]
    if not callee.element_of or name not in SHOWS_TENSOR:
        return None
    return _of_unknown_tensor(run, Unknown(callee.cause, head, callee.element_of), name, arguments, at)


PROTOCOL = frozenset({"backward", "zero_grad", "step", "train", "eval"})


def call_protocol_method(run: Run, head: str, name: str, arguments: Arguments, at: int) -> Value | None:
    """A method of the training protocol on something without a name: it may concern any object."""
    if name == "zero_" and head.endswith((".grad", ".grad.data")):
        run.emit(EventKind.CLEAR, (), at, "gradient", anything=True)
        return NONE
    return training.SYMBOL_METHODS[name](run, head, arguments, at) if name in PROTOCOL else None


def _of_unknown_tensor(run: Run, receiver: Unknown, name: str, arguments: Arguments, at: int) -> Value | None:
    """A tensor method of something unknown. What is only moved to a device may be any collection of tensors and stays unknown."""
    row = lookup.operation_of_method(name)
    if row is None:
        return None
    if name in MOVES and not any(dtypes.of_value(fact) for value in arguments.all_values() for fact in facts(value)):
        return receiver
    return modules.operation_call(run, row, arguments, receiver, at, "method")


MOVES = frozenset({"to", "cuda", "cpu"})
SHOWS_TENSOR = MOVES | frozenset(
    words("view reshape flatten permute transpose squeeze unsqueeze long float double half int bool contiguous")
)
"""Methods of data from a loader that show it to be a tensor, or that leave it what it is."""


TENSOR_ONLY = frozenset(
    words(
        "softmax log_softmax sigmoid tanh relu detach detach_ item view reshape permute transpose squeeze unsqueeze flatten "
        "contiguous float double half long int bool cuda cpu to numpy mean argmax argmin max min sum exp log sqrt pow abs clamp "
        "matmul mm bmm chunk expand expand_as repeat gather scatter_ masked_fill masked_fill_ norm std var topk sort cumsum "
        "unbind clone type_as type eq ne gt lt ge le requires_grad_ backward add_ mul_ sub_ div_ add mul sub div neg t dim size "
        "numel tolist"
    )
)

__all__ = ["Bound", "call", "call_method"]
