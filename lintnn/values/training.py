"""Methods and functions that make up training: modules, optimizers, schedulers, scalers, gradients, estimators."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from lintnn.knowledge import lookup
from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Effect, Estimator, Framework, Loss
from lintnn.values import attributes, calls, containers, modules, objects, structure
from lintnn.values.arguments import Arguments
from lintnn.values.classes import find_method
from lintnn.values.domain import (
    FALSE,
    NONE,
    Bound,
    ClassValue,
    Constant,
    Fact,
    FunctionValue,
    Guard,
    LibraryName,
    Parameters,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    constant_of,
    facts,
    symbol_of,
    truth,
)
from lintnn.values.happenings import EventKind, ObjectId, Subject
from lintnn.values.heap import ANY, ITEMS, MODULE_KINDS
from lintnn.values.ops import dtypes
from lintnn.values.records import AttributeStore, BackwardCall, LossCall
from lintnn.values.run import DEFAULT_DTYPE, Run

Method = Callable[[Run, Ref, Arguments, int], Value]
SymbolMethod = Callable[[Run, str, Arguments, int], "Value | None"]


# --- backward ----------------------------------------------------------------------------------------


def backward(run: Run, receiver: Tensor, at: int) -> Value:
    """``loss.backward()``."""
    run.record(BackwardCall(run.site(at), receiver))
    scaler = _scaler_of(receiver)
    run.emit(EventKind.BACKWARD, tuple(Subject(one) for one in sorted(receiver.sources)), at, "scaled" if scaler else "plain")
    return NONE


def _scaler_of(receiver: Tensor) -> bool:
    return receiver.symbol.startswith("scaled:")


def backward_of(run: Run, value: Value, at: int) -> Value:
    """``accelerator.backward(loss)``, ``torch.autograd.backward(loss)``."""
    for fact in facts(value):
        if type(fact) is Tensor:
            return backward(run, fact, at)
    run.emit(EventKind.BACKWARD, (), at, "unknown")
    return NONE


# --- modules -----------------------------------------------------------------------------------------


def _self(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return receiver


def _nothing(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return NONE


def _mode(run: Run, one: ObjectId, training: bool | None, at: int, certain: bool = True) -> None:
    if training is None:
        run.emit(EventKind.EVAL, (Subject(one, False),), at, "unknown")
    else:
        run.emit(EventKind.TRAIN if training else EventKind.EVAL, (Subject(one, certain),), at)


def _flag(run: Run, arguments: Arguments) -> bool | None:
    mode = arguments.positional[0] if arguments.positional else arguments.keywords.get("mode")
    return True if mode is None else truth(mode)


def _certain(run: Run, one: ObjectId) -> bool:
    """Whether an event on an object certainly concerns it: on one of several only where a loop goes through all of them."""
    return not run.heap[one].many or any(one in met for met in run.each)


def _train(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    _mode(run, receiver.id, _flag(run, arguments), at, _certain(run, receiver.id))
    return receiver


def _eval(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    _mode(run, receiver.id, False, at, _certain(run, receiver.id))
    return receiver


def _zero_grad(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    run.emit(EventKind.CLEAR, (Subject(receiver.id, _certain(run, receiver.id)),), at, "module")
    return NONE


def _parameters(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return Parameters(frozenset({receiver.id}), consumable=True)


def _named_parameters(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    element = Tuple((run.unknown("name", at), Parameters(frozenset({receiver.id}), part=True)))
    return containers.make_iterator(run, at, "named_parameters", element)


def _children(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    """The items of a container in order; of another module some parts of it."""
    layer = run.heap[receiver.id].layer
    items = containers.known_items(run, receiver) if layer is not None and layer.container in ("sequential", "list") else None
    if items is not None:
        return containers.make_list(run, at, list(items))
    return containers.make_iterator(run, at, "modules", Unknown(f"{objects.PARTS_OF}{receiver.id}", run.unique(at)))


def _modules_of(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return containers.make_iterator(run, at, "modules", run.unknown("submodule", at))


def _named_modules(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return containers.make_iterator(run, at, "named_modules", Tuple((run.unknown("name", at), run.unknown("submodule", at))))


def _add_module(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) < 2:
        return NONE
    name, module = arguments.positional[:2]
    one = run.heap[receiver.id]
    _note_registration(run, receiver, module, arguments, at)
    if one.layer is not None and one.layer.container == "sequential":
        _append_module(run, receiver, Arguments(positional=[module]), at)
    elif isinstance(constant_of(name), str):
        run.store.write((receiver.id, constant_of(name)), module)
    else:
        cell = (receiver.id, "[named]")
        before = run.store.read(cell)
        run.store.write(cell, Tuple((module,) if type(before) is not Tuple else (*before.items, module)))
    return NONE


def _note_registration(run: Run, receiver: Ref, value: Value, arguments: Arguments, at: int) -> None:
    if structure.before_super(run, receiver.id):
        place = run.place(arguments.places[0] if arguments.places else at)
        run.record(AttributeStore(run.site(at), receiver.id, "", value, place, True, True))


def _append_module(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if arguments.positional:
        containers.append(run, receiver, arguments.positional[-1], at)
    return receiver


def _insert_module(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) > 1:
        containers.insert(run, receiver, arguments.positional[0], arguments.positional[1])
    return receiver


def _pop_module(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    layer = run.heap[receiver.id].layer
    if layer is None or layer.container not in ("list", "sequential") or not arguments.positional:
        return run.unknown("item", at)
    return containers.pop(run, receiver, arguments.positional[0], at)


def _extend_modules(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if arguments.positional:
        containers.extend(run, receiver, arguments.positional[0], at)
    return receiver


def _register(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    name = constant_of(arguments.positional[0]) if arguments.positional else ...
    value = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keywords.get("tensor", NONE)
    _note_registration(run, receiver, value, arguments, at)
    if isinstance(name, str):
        run.store.write((receiver.id, name), value)
    return NONE


def _convert(name: str) -> Method:
    def method(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
        dtype = dtypes.of_conversion(name, arguments.all_values())
        if dtype != "":
            for one in structure.parts(run, receiver.id):
                run.store.write((one, modules.CONVERTED), Constant(dtype))
        return receiver

    return method


def _requires_grad(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    flag = arguments.positional[0] if arguments.positional else arguments.keywords.get("requires_grad", Constant(True))
    if truth(flag) is not True:
        run.store.write((receiver.id, "[frozen]"), Constant(True))
    return receiver


def _forward(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return modules.call_module(run, receiver, arguments, at)


def _load(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    run.emit(EventKind.LOAD, (Subject(receiver.id),), at)
    return run.unknown("load-result", at)


def _container_items(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    element = run.store.read((receiver.id, ANY))
    return containers.make_iterator(run, at, "items", element if element is not None else containers.element(run, receiver, at))


def _handle(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    """What registering a hook gives: an object that can remove it."""
    return run.unknown("hook-handle", at)


MODULE: dict[str, Method] = {
    **dict.fromkeys(["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"], _handle),
    **dict.fromkeys(
        ["cuda", "cpu", "share_memory", "apply", "to_empty", "unwrap", "requires_grad"],
        _self,
    ),
    **dict.fromkeys(
        [
            "extra_repr",
            "save_pretrained",
            "resize_token_embeddings",
            "gradient_checkpointing_enable",
            "gradient_checkpointing_disable",
            "compile",
            "print_trainable_parameters",
        ],
        _nothing,
    ),
    **{name: _convert(name) for name in ["to", "type", "half", "float", "double", "bfloat16"]},
    "train": _train,
    "eval": _eval,
    "zero_grad": _zero_grad,
    "parameters": _parameters,
    "named_parameters": _named_parameters,
    "modules": _modules_of,
    "children": _children,
    "named_modules": _named_modules,
    "named_children": _named_modules,
    "buffers": _modules_of,
    "named_buffers": _named_modules,
    "state_dict": lambda run, receiver, arguments, at: run.unknown("state", at),
    "load_state_dict": _load,
    "add_module": _add_module,
    "register_module": _add_module,
    "append": _append_module,
    "insert": _insert_module,
    "extend": _extend_modules,
    "pop": _pop_module,
    "register_buffer": _register,
    "register_parameter": _register,
    "requires_grad_": _requires_grad,
    "forward": _forward,
    "__call__": _forward,
    "values": _container_items,
    "items": lambda run, receiver, arguments, at: containers.make_iterator(
        run, at, "items", Tuple((run.unknown("key", at), containers.element(run, receiver, at)))
    ),
    "keys": lambda run, receiver, arguments, at: run.unknown("keys", at),
    "update": lambda run, receiver, arguments, at: NONE,
}


def parameter_method(run: Run, receiver: Parameters, name: str, arguments: Arguments, at: int) -> Value:
    """A method of a parameter, or of a collection of parameters."""
    if name == "requires_grad_":
        return receiver
    if name in ("zero_", "zero_grad"):
        run.emit(
            EventKind.CLEAR, tuple(Subject(one, not receiver.others) for one in sorted(receiver.modules)), at, "parameters", receiver.others
        )
        return receiver
    if name in ("detach_", "data"):
        return receiver
    if name in ("append", "extend") and arguments.positional:
        return NONE
    row = lookup.operation_of_method(name)
    if row is not None:
        value = Tensor(attached=True, after="parameter", role="parameter", dtype="float32", sources=receiver.modules)
        return modules.operation_call(run, row, arguments, value, at, "method")
    return run.unknown("parameter-method", at)


# --- optimizers, schedulers, scalers -----------------------------------------------------------------


def _optimizer_step(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    closure = arguments.positional[0] if arguments.positional else arguments.keywords.get("closure")
    if closure is not None and closure != NONE:
        calls.call(run, closure, Arguments(), at)
    run.emit(EventKind.STEP, (Subject(receiver.id, _certain(run, receiver.id)),), at, "plain")
    return run.unknown("step-result", at)


def _optimizer_clear(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    run.emit(EventKind.CLEAR, (Subject(receiver.id, _certain(run, receiver.id)),), at, "optimizer")
    return NONE


def _add_group(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    owned = run.store.read((receiver.id, "[owns]"))
    more = objects.parameters_of(run, arguments.positional[0]) if arguments.positional else Parameters(frozenset(), True)
    if type(owned) is Parameters:
        run.store.write((receiver.id, "[owns]"), Parameters(owned.modules | more.modules, owned.others or more.others, owned.part))
    return NONE


OPTIMIZER: dict[str, Method] = {
    "step": _optimizer_step,
    "zero_grad": _optimizer_clear,
    "add_param_group": _add_group,
    **dict.fromkeys(["state_dict", "load_state_dict"], lambda run, receiver, arguments, at: run.unknown("state", at)),
}


def _scheduler_step(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    run.emit(EventKind.SCHEDULER_STEP, (Subject(receiver.id, _certain(run, receiver.id)),), at, _told(arguments))
    return NONE


def _told(arguments: Arguments) -> str:
    """Whether a scheduler is told an epoch or a metric."""
    return "given" if arguments.open or any(value != NONE for value in arguments.all_values()) else ""


SCHEDULER: dict[str, Method] = {"step": _scheduler_step, "step_update": _scheduler_step}


def scaled(value: Value, one: ObjectId) -> Value:
    """A loss that a scaler has scaled."""
    for fact in facts(value):
        if type(fact) is Tensor:
            return Tensor(
                dtype=fact.dtype, after=fact.after, attached=fact.attached, sources=fact.sources, role="loss", lineage=fact.lineage,
                symbol=f"scaled:{one}", trail=fact.trail,
            )  # fmt: skip
    return Tensor(role="loss", symbol=f"scaled:{one}")


def _scale(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    value = arguments.positional[0] if arguments.positional else NONE
    if run.heap[receiver.id].arguments.get("enabled") == FALSE:
        return value
    run.emit(EventKind.SCALE, (Subject(receiver.id),), at)
    return scaled(value, receiver.id)


def _emit_on_optimizer(run: Run, kind: EventKind, arguments: Arguments, scaler: tuple[Subject, ...], at: int, detail: str = "") -> None:
    """Emit what a scaler does with the optimizer it is given; of several possible ones each is an alternative."""
    given = arguments.all_values()[:1]

    def arm(fact: Fact, guard: Guard) -> Callable[[], str | None]:
        def action() -> str | None:
            run.emit(kind, (*_optimizer(run, fact), *scaler), at, detail)
            return None

        return action

    options = [(fact, guard) for fact, guard in alternatives(given[0]) if fact != NONE] if given else []
    if options:
        calls.split(run, options, arm, at)
    else:
        run.emit(kind, scaler, at, detail)


def _optimizer(run: Run, fact: Fact) -> tuple[Subject, ...]:
    if type(fact) is Ref:
        return (Subject(fact.id, _certain(run, fact.id)),)
    if type(fact) is Unknown and fact.symbol and not fact.symbol.startswith("@"):
        one = run.object_of_symbol(fact.symbol)
        run.evidence(one, "optimizer")
        return (Subject(one),)
    return ()


def _unscale(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    _emit_on_optimizer(run, EventKind.UNSCALE, arguments, (Subject(receiver.id),), at)
    return NONE


def _scaler_step(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    detail = "plain" if run.heap[receiver.id].arguments.get("enabled") == FALSE else "scaled"
    _emit_on_optimizer(run, EventKind.STEP, arguments, (Subject(receiver.id),), at, detail)
    return run.unknown("step-result", at)


def _update(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    run.emit(EventKind.UPDATE, (Subject(receiver.id),), at)
    return NONE


def _get_scale(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return Unknown("scale", f"{SCALE_OF}#{receiver.id}")


SCALER: dict[str, Method] = {"scale": _scale, "unscale_": _unscale, "step": _scaler_step, "update": _update, "get_scale": _get_scale}


# --- methods that say what a symbolic object is ---------------------------------------------------------


def _name_of(symbol: str) -> str:
    return symbol.rpartition(".")[2].rpartition(":")[2].lower()


def _symbol_ref(run: Run, symbol: str, kind: str) -> ObjectId | None:
    if symbol.startswith("@") or not symbol:
        return None
    one = run.object_of_symbol(symbol)
    if kind:
        run.evidence(one, kind)
    return one


def _symbol_mode(training: bool) -> SymbolMethod:
    def method(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
        one = _symbol_ref(run, symbol, "module")
        if one is None:
            run.emit(EventKind.EVAL, (), at, "unknown", anything=True)
            return Unknown("symbol", symbol)
        _mode(run, one, _flag(run, arguments) if training else False, at)
        return Unknown("symbol", symbol)

    return method


def _symbol_clear(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    one = _symbol_ref(run, symbol, "clearable")
    if one is None:
        run.emit(EventKind.CLEAR, (), at, "unknown", anything=True)
        return NONE
    detail = "module" if run.is_module_symbol(one) else "optimizer"
    run.emit(EventKind.CLEAR, (Subject(one),), at, detail)
    return NONE


def _symbol_step(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    name = _name_of(symbol)
    if any(word in name for word in ("sched", "lr_", "warmup")) or name == "lr":
        one = _symbol_ref(run, symbol, "scheduler")
        run.emit(EventKind.SCHEDULER_STEP, () if one is None else (Subject(one),), at, _told(arguments))
        return NONE
    if "scaler" in name and arguments.positional:
        one = _symbol_ref(run, symbol, "scaler")
        _emit_on_optimizer(run, EventKind.STEP, arguments, () if one is None else (Subject(one),), at, "scaled")
        return run.unknown("step-result", at)
    closure = arguments.positional[0] if arguments.positional else arguments.keywords.get("closure")
    if closure is not None and type(closure) in (FunctionValue, Bound):
        calls.call(run, closure, Arguments(), at)
    elif arguments.positional and "opt" not in name:
        return objects.give_up(run, "step-of-unknown", Arguments([Unknown("symbol", symbol), *arguments.positional]), at)
    one = _symbol_ref(run, symbol, "stepped")
    if one is None:
        run.emit(EventKind.STEP, (), at, "plain", anything=True)
        return run.unknown("step-result", at)
    if "opt" in name:
        run.evidence(one, "optimizer")
    run.emit(EventKind.STEP, (Subject(one),), at, "plain")
    return run.unknown("step-result", at)


def _symbol_backward(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    if arguments.positional and type(arguments.positional[0]) is Tensor:
        return backward_of(run, arguments.positional[0], at)
    run.record(BackwardCall(run.site(at), Unknown("symbol", symbol)))
    run.emit(EventKind.BACKWARD, (), at, "unknown")
    return NONE


def _symbol_parameters(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    one = _symbol_ref(run, symbol, "module")
    return Parameters(frozenset(), True) if one is None else Parameters(frozenset({one}), consumable=True)


def _symbol_named_parameters(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    one = _symbol_ref(run, symbol, "module")
    parameters = Parameters(frozenset(), True) if one is None else Parameters(frozenset({one}), part=True)
    return containers.make_iterator(run, at, "named_parameters", Tuple((run.unknown("name", at), parameters)))


def _symbol_same(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    """``x.to(device)``: of a module the same module, of a tensor a moved tensor."""
    one = run.symbols.get(symbol)
    if one is not None and "module" in run.heap_evidence(one):
        return Unknown("symbol", symbol)
    name = _name_of(symbol)
    if any(word in name for word in ("model", "net", "encoder", "decoder", "module", "generator", "discriminator", "critic", "actor")):
        return Unknown("symbol", symbol)
    return None


def _symbol_scale(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    if "scaler" not in _name_of(symbol) or not arguments.positional:
        return None
    one = _symbol_ref(run, symbol, "scaler")
    if one is None:
        return arguments.positional[0]
    run.assume(frozenset({(f"{symbol}==None", False), (symbol, True)}))
    run.emit(EventKind.SCALE, (Subject(one),), at)
    return scaled(arguments.positional[0], one)


def _symbol_unscale(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    one = _symbol_ref(run, symbol, "scaler")
    _emit_on_optimizer(run, EventKind.UNSCALE, arguments, () if one is None else (Subject(one),), at)
    return NONE


def _symbol_update(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    if "scaler" not in _name_of(symbol):
        return None
    one = _symbol_ref(run, symbol, "scaler")
    run.emit(EventKind.UPDATE, () if one is None else (Subject(one),), at)
    return NONE


def _symbol_get_scale(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    return Unknown("scale", SCALE_OF + symbol)


def _symbol_inert(run: Run, symbol: str, arguments: Arguments, at: int) -> Value | None:
    return run.unknown("method", at)


SYMBOL_METHODS: dict[str, SymbolMethod] = {
    "train": _symbol_mode(True),
    "eval": _symbol_mode(False),
    "zero_grad": _symbol_clear,
    "step": _symbol_step,
    "backward": _symbol_backward,
    "parameters": _symbol_parameters,
    "named_parameters": _symbol_named_parameters,
    "scale": _symbol_scale,
    "unscale_": _symbol_unscale,
    "update": _symbol_update,
    "get_scale": _symbol_get_scale,
    **dict.fromkeys(["to", "cuda", "cpu", "half", "float", "double", "module"], _symbol_same),
    **dict.fromkeys(
        words(
            "state_dict load_state_dict append extend keys values items get add_scalar add_image log info debug warning write flush "
            "close set_description set_postfix size dim numel item tolist format join split startswith endswith strip lower upper "
            "encode decode exists mkdir count index copy clear pop remove insert sort reverse tokenize batch_decode get_last_lr "
            "set_epoch save modules children named_modules named_children buffers add_scalars add_histogram add_figure add_text "
            "register_buffer"
        ),
        _symbol_inert,
    ),
}


# --- functions with effects --------------------------------------------------------------------------


def _clip(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    owned = objects.parameters_of(run, first)
    subjects = tuple(Subject(one, not owned.others) for one in sorted(owned.modules))
    limit = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keywords.get("max_norm", NONE)
    if not _measures(limit):
        run.emit(EventKind.CLIP, subjects, at, "scaled" if SCALE_OF in symbol_of(limit) else "", anything=owned.others and not subjects)
    return NONE if "clip_value" in row.parameters else Tensor(dtype="float32", attached=False, after="derived", rank=0)


SCALE_OF = "scale of "
"""Prefix of the symbol of a scaler's current scale."""


def _measures(limit: Value) -> bool:
    """Whether the limit of a clip is infinite: such a clip only returns the norm."""
    if type(limit) is LibraryName:
        return lookup.number_constant(limit.name) == float("inf")
    return bool(constant_of(limit) == float("inf"))


def _backward(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    return backward_of(run, first, at)


def _gradient(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    sources: set[int] = set()
    for fact in facts(first):
        if type(fact) is Tensor:
            sources |= fact.sources
            run.record(BackwardCall(run.site(at), fact))
    run.emit(EventKind.UNKNOWN, (), at, "autograd.grad")
    return Tuple((Tensor(attached=None, sources=frozenset(sources), after="derived"),))


def _wrap(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    return first


def _copy(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    if type(first) is Ref and run.heap[first.id].kind in MODULE_KINDS:
        return _copied(run, first, at)
    if type(first) is Unknown and first.symbol and not first.symbol.startswith("@"):
        return Unknown("copy", f"copy {at}:{_name_of(first.symbol)}")
    return first


AVERAGED = ("update", "update_parameters", "set", "module")
"""What a module that keeps averages has beside what its copy has: it takes numbers from the other one and changes nothing there."""


def _average(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    made = _copy(run, row, first, arguments, at)
    for fact in facts(made):
        one = attributes.object_of(run, fact) if fact != first else None
        if one is None:
            continue
        for name in AVERAGED:
            run.store.write((one, name), fact if name == "module" else LibraryName("builtins.print"))
        if row.kind == "shadow":
            _mode(run, one, False, at)
    return made


def _copied(run: Run, first: Ref, at: int) -> Value:
    source = run.heap[first.id]
    label = run.classes[source.class_key].name if source.class_key is not None else source.library.rpartition(".")[2]
    made = run.allocate(
        source.kind, at, label, class_key=source.class_key, library=source.library, arguments=source.arguments, layer=source.layer,
        loss=source.loss, loader=source.loader,
    )  # fmt: skip
    for key in [key for key in run.store.cells if isinstance(key, tuple) and key[0] == first.id]:
        run.store.write((made.id, key[1]), run.store.cells[key])
    return made


def _checkpoint(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    rest = Arguments(arguments.positional[1:], {}, arguments.places[1:], {}, arguments.open)
    return calls.call(run, first, rest, at)


def _default_dtype(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    dtype = dtypes.of_value(first)
    run.store.write(DEFAULT_DTYPE, Constant(dtype) if dtype is not None else run.unknown("default-dtype", at))
    return NONE


def _gather(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    """A tensor gathered from all processes is a new one without a graph; with a single process it is the tensor itself."""
    options = [
        (replace(fact, attached=None) if type(fact) is Tensor and fact.attached else fact, guard) for fact, guard in alternatives(first)
    ]
    return choose(options)


def _engine(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    """The module comes back with a loop of its own: it computes gradients, and steps and clears an optimizer."""
    given = arguments.bound(row.parameters)
    model, optimizer = given.get("model", NONE), given.get("optimizer", NONE)
    engine = run.allocate("library", at, "engine", library="deepspeed.DeepSpeedEngine")
    if "lr_scheduler" in given:
        run.store.write((engine.id, "[schedules]"), given["lr_scheduler"])
    if type(optimizer) is not Ref or run.heap[optimizer.id].kind != "optimizer":
        optimizer = run.allocate("optimizer", at, "optimizer", library=row.names[0])
        run.store.write((optimizer.id, "[owns]"), objects.parameters_of(run, model))
    run.store.write((engine.id, "[steps]"), optimizer)
    for fact in facts(model):
        one = attributes.object_of(run, fact)
        if one is not None:
            for name in ENGINE:
                run.store.write((one, name), Bound(engine, name))
    data = given.get("training_data")
    loader = run.unknown("loader", at) if data is None else run.allocate("loader", at, "loader", arguments={"dataset": data})
    return Tuple((model, optimizer, loader, given.get("lr_scheduler", run.unknown("scheduler", at))))


def engine_method(run: Run, engine: Ref, name: str, arguments: Arguments, at: int) -> Value:
    """``backward`` and ``step`` of an engine; the step clears too."""
    optimizer = run.store.read((engine.id, "[steps]"))
    if name == "backward":
        return backward_of(run, arguments.positional[0] if arguments.positional else arguments.keywords.get("loss", NONE), at)
    if type(optimizer) is Ref:
        _optimizer_step(run, optimizer, Arguments(), at)
        _optimizer_clear(run, optimizer, Arguments(), at)
    return NONE


ENGINE = ("backward", "step")
"""What an engine has beside the methods of the module in it."""


def _same(run: Run, row: Effect, first: Value, arguments: Arguments, at: int) -> Value:
    return first


EFFECTS: dict[str, Callable[[Run, Effect, Value, Arguments, int], Value]] = {
    "clip": _clip,
    "backward": _backward,
    "gradient": _gradient,
    "wrap": _wrap,
    "adapt": _wrap,
    "copy": _copy,
    "average": _average,
    "shadow": _average,
    "checkpoint": _checkpoint,
    "initialise": _same,
    "gather": _gather,
    "engine": _engine,
    "default_dtype": _default_dtype,
}


# --- frameworks and estimators -----------------------------------------------------------------------


def framework_method(run: Run, framework: Framework, receiver: Ref, name: str, arguments: Arguments, at: int) -> Value:
    """A method that a framework's base class defines: it logs, or does what its row says; never a surprise to training."""
    if name in ("manual_backward", "backward") and arguments.positional:
        return backward_of(run, arguments.positional[0], at)
    if name == framework.optimizers:
        return _configured_optimizers(run, framework, receiver, at)
    if name == framework.schedulers:
        return Unknown("schedulers", f"#{receiver.id}.{name}()")
    return run.unknown(f"framework:{framework.name}", at)


def is_manual(run: Run, framework: Framework, receiver: Ref) -> bool:
    """Whether an instance asks its framework to leave backward, step and clearing to it."""
    return framework.manual_switch is not None and attributes.read(run, receiver, framework.manual_switch, receiver.id) == FALSE


def _configured_optimizers(run: Run, framework: Framework, receiver: Ref, at: int) -> Value:
    """The optimizers that the class configures, the same ones whenever they are asked for: one, or a list of several."""
    kept = run.store.read((receiver.id, "[optimizers]"))
    if kept is not None:
        return kept
    class_key = run.heap[receiver.id].class_key
    method = find_method(run, run.classes[class_key], framework.configures) if class_key is not None else None
    made: list[Value] = []
    if method is not None:
        run.muted += 1
        with run.collecting():
            made = _optimizers_in(run, calls.call_function(run, method.function, Arguments(positional=[receiver]), at, receiver), at)
        run.muted -= 1
    if not made:
        return Unknown("optimizers", f"#{receiver.id}.{framework.optimizers}()")
    result: Value = made[0] if len(made) == 1 else Tuple(tuple(made))
    run.store.write((receiver.id, "[optimizers]"), result)
    return result


def _optimizers_in(run: Run, value: Value, at: int) -> list[Value]:
    """The optimizers in what is configured: one, several, those before the schedulers, each perhaps in a dict."""
    if type(value) is Ref and run.heap[value.id].kind == "optimizer":
        return [value]
    if type(value) is Ref and run.heap[value.id].kind == "dict":
        return _optimizers_in(run, containers.get_item(run, value, Constant("optimizer"), at), at)
    items = containers.known_items(run, value) or ()
    found = [optimizer for item in items for optimizer in _optimizers_in(run, item, at)]
    return found if all(type(one) is Ref for one in found) else []


def returned_loss(run: Run, value: Value, at: int) -> Value:
    """The loss in what a training method returns to its framework: the value, its entry ``loss``, or the first item."""
    if type(value) is Tuple and value.items:
        return value.items[0]
    if type(value) is Ref and run.heap[value.id].kind == "dict":
        return containers.get_item(run, value, Constant("loss"), at)
    return value


def estimate(run: Run, row: Estimator, full: str, arguments: Arguments, at: int) -> Value:
    """An estimator trains the module it is given with the criterion it is given: a loss call, made here."""
    bound = {**dict(zip(("module", "criterion"), arguments.positional, strict=False)), **arguments.keywords}
    module = bound.get(row.module)
    criterion = bound.get(row.criterion)
    if criterion is None and row.default_criterion is not None:
        criterion = LibraryName(row.default_criterion)
    if module is not None and criterion is not None:
        _trained_by(run, row, module, criterion, arguments, at)
    return run.unknown("estimator", at)


def _trained_by(run: Run, row: Estimator, module: Value, criterion: Value, arguments: Arguments, at: int) -> None:
    made: Value = module
    if type(module) is ClassValue:
        made = calls.instantiate(run, module, Arguments([], {}, [], {}, True), at)
    for fact in facts(criterion):
        loss, name = _loss_of(run, fact)
        if loss is None or type(made) is not Ref:
            continue
        output = modules.call_module(run, made, Arguments(positional=[run.unknown("data", at)], places=[at]), at)
        if type(output) is Tuple and output.items:
            output = output.items[0]
        place = run.place(arguments.keyword_places.get(row.criterion, at))
        expects = dict(row.criterion_expects).get(name, "")
        run.record(LossCall(run.site(at), loss, {loss.prediction: output}, {loss.prediction: place}, {}, None, expects))


def _loss_of(run: Run, fact: Fact) -> tuple[Loss | None, str]:
    if type(fact) is LibraryName:
        name = lookup.canonical(fact.name)
        return lookup.loss_class(name) or lookup.loss_function(name), name
    if type(fact) is Ref and run.heap[fact.id].loss is not None:
        return run.heap[fact.id].loss, run.heap[fact.id].library
    return None, ""


__all__ = ["EFFECTS", "ITEMS", "MODULE", "OPTIMIZER", "SCALER", "SCHEDULER", "SYMBOL_METHODS"]
