"""Calling objects: modules, layers, losses, containers, instances."""

from __future__ import annotations

from msgspec.structs import replace

from lintnn.knowledge import lookup
from lintnn.knowledge.schema import Layer, Loss, Operation
from lintnn.values import calls, containers, objects
from lintnn.values.arguments import Arguments
from lintnn.values.classes import find_method
from lintnn.values.domain import (
    FREE,
    NO_TRAIL,
    Constant,
    Fact,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    constant_of,
    facts,
    guarded,
)
from lintnn.values.happenings import EventKind, Subject
from lintnn.values.heap import ANY, ITEMS, LAST, MODULE_KINDS, HeapObject
from lintnn.values.ops import dtypes, tensors
from lintnn.values.records import Carried, LossCall, ModuleCall, OperationCall
from lintnn.values.run import Run

CONVERTED = "[dtype]"
"""The cell that holds the dtype a module was converted to."""
CARRIED = "carried:"
"""Prefix of the symbol of a tensor that an earlier iteration left behind; the loop's ordinal follows."""


def call_object(run: Run, callee: Ref, arguments: Arguments, at: int) -> Value:
    """Call an object of the heap."""
    one = run.heap[callee.id]
    if one.loss is not None:
        return call_loss(run, one.loss, one, arguments, at)
    if one.kind in MODULE_KINDS:
        return call_module(run, callee, arguments, at)
    if one.class_key is not None:
        info = run.classes[one.class_key]
        method = find_method(run, info, "__call__")
        if method is not None:
            return calls.call_function(run, method.function, arguments.shifted(callee), at, callee)
        return objects.call_unknown(run, Unknown("instance-call", f"#{callee.id}"), arguments, at)
    if one.kind == "symbol":
        return objects.call_unknown(run, Unknown("symbol", one.symbol), arguments, at)
    return objects.give_up(run, f"call-of-{one.kind}", arguments, at)


def call_module(run: Run, callee: Ref, arguments: Arguments, at: int, method_name: str = "forward") -> Value:
    """Call an ``nn.Module``: a forward event, then what its class says."""
    one = run.heap[callee.id]
    outermost = run.forward_depth == 0
    run.record(
        ModuleCall(
            run.site(at),
            callee.id,
            tuple(arguments.all_values()),
            tuple(run.place(p) for p in (*arguments.places, *arguments.keyword_places.values())),
            not outermost,
            weights_of(run, one),
        )
    )
    note_carried(run, one, arguments, at)
    if outermost:
        run.emit(EventKind.FORWARD, (Subject(callee.id, not one.many),), at)
    if one.class_key is not None:
        method = find_method(run, run.classes[one.class_key], method_name) or find_method(run, run.classes[one.class_key], "__call__")
        if method is not None:
            run.forward_depth += 1
            try:
                result = calls.call_function(run, method.function, arguments.shifted(callee), at, callee)
            finally:
                run.forward_depth -= 1
            return credit(run, result, one, arguments)
    if one.layer is not None:
        return _call_layer(run, callee, one, one.layer, arguments, at)
    return ready_output(run, one, arguments, at)


def weights_of(run: Run, one: HeapObject) -> str | None:
    """The dtype of the weights of a library layer that was made in sight."""
    if one.layer is None or not one.layer.has_parameters or one.class_key is not None or not one.fresh:
        return None
    converted = run.store.read((one.id, CONVERTED))
    if converted is not None:
        found = constant_of(converted)
        return found if isinstance(found, str) else None
    asked = one.arguments.get("dtype")
    return "float32" if asked is None else dtypes.of_value(asked)


def note_carried(run: Run, one: HeapObject, arguments: Arguments, at: int) -> None:
    """Note arguments that an earlier iteration of a loop around here made and that still hang on its graph."""
    recurrent = one.layer is not None and one.layer.operation in ("recurrent", "recurrent_cell")
    values = zip(arguments.all_values(), (*arguments.places, *arguments.keyword_places.values()), strict=False)
    for value, place in values:
        for tensor in _carried_in(value):
            loop = int(tensor.symbol.removeprefix(CARRIED).partition(".")[0].partition("[")[0])
            if loop in run.loops and tensor.attached is not False and run.grad is not False:
                run.record(Carried(run.site(at), tensor, run.place(place), loop, recurrent))


def _carried_in(value: Value) -> list[Tensor]:
    found: list[Tensor] = []
    for fact in facts(value):
        if type(fact) is Tensor and fact.symbol.startswith(CARRIED):
            found.append(fact)
        elif type(fact) is Tuple:
            found.extend(tensor for item in fact.items for tensor in _carried_in(item))
    return found


def ready_output(run: Run, one: HeapObject, arguments: Arguments, at: int) -> Value:
    """What a module without known code gives."""
    sources = _sources(run, arguments) | {one.id}
    attached = False if run.grad is False else None
    if run.grad is True and one.loader is not None:
        attached = True
    head = _replaced_head(run, one)
    if head is not None:
        entry = Tensor(dtype="float32", attached=attached, sources=sources, lineage=(run.origin(at),))
        return credit(run, _through(run, head, entry, at), one, arguments)
    after = (
        "raw"
        if one.loader is not None and one.loader.output == "logits" and one.class_key is None and not one.library.startswith("transformers")
        else "unknown"
    )
    return Tensor(after=after, attached=attached, sources=sources, role="opaque", symbol=run.unique(at), lineage=(run.origin(at),))


HEADS = ("fc", "classifier", "head", "heads", "last_linear", "_fc")
"""Attributes under which ready-made classifiers keep their last layer."""


def _replaced_head(run: Run, one: HeapObject) -> Ref | None:
    """The last layer of a ready-made classifier, if the program has put another one there."""
    if one.loader is None or one.class_key is not None:
        return None
    for name in HEADS:
        value = run.store.read((one.id, name))
        if type(value) is Ref and run.heap[value.id].kind in MODULE_KINDS:
            return value
    return None


def _sources(run: Run, arguments: Arguments) -> frozenset[int]:
    found: set[int] = set()
    for value in arguments.all_values():
        for fact in facts(value):
            if type(fact) is Tensor:
                found |= fact.sources
    return frozenset(found)


def credit(run: Run, value: Value, one: HeapObject, arguments: Arguments) -> Value:
    """What a module's code gave, with the module itself as the source instead of its parts."""
    outer = _sources(run, arguments)
    options: list[tuple[Fact, frozenset[tuple[str, bool]]]] = []
    for fact, guard in guarded(value, FREE):
        options.append((_credit_fact(run, fact, one, outer), guard))
    return choose(options)


def _credit_fact(run: Run, fact: Fact, one: HeapObject, outer: frozenset[int]) -> Fact:
    if type(fact) is Tensor and (fact.attached is not False) and not fact.array:
        return Tensor(
            dtype=fact.dtype, after=fact.after, attached=fact.attached, sources=outer | {one.id}, units=fact.units, rank=fact.rank,
            axis=fact.axis, role=fact.role, lineage=fact.lineage, symbol=fact.symbol, trail=fact.trail, shared=fact.shared,
            range=fact.range,
        )  # fmt: skip
    if type(fact) is Tuple:
        return Tuple(tuple(credit(run, item, one, Arguments()) for item in fact.items), fact.names)
    if type(fact) is Unknown:
        return Tensor(
            attached=False if run.grad is False else None, sources=outer | {one.id}, role="opaque", symbol=fact.symbol, lineage=()
        )
    return fact


def call_layer(run: Run, callee: Ref, one: HeapObject, arguments: Arguments, at: int) -> Value:
    """Call a library layer."""
    if one.layer is None:
        return run.unknown("layer", at)
    return _call_layer(run, callee, one, one.layer, arguments, at)


def _call_layer(run: Run, callee: Ref, one: HeapObject, layer: Layer, arguments: Arguments, at: int) -> Value:
    if layer.container == "sequential":
        return _call_sequential(run, callee, arguments, at)
    if layer.container != "no":
        return run.unknown("container-call", at)
    row = lookup.operation(layer.operation)
    value = arguments.positional[0] if arguments.positional else next(iter(arguments.keywords.values()), None)
    if row is None or value is None:
        return run.unknown("layer", at)
    bound: dict[str, Value] = {row.parameters[0] if row.parameters else "input": value}
    for name in ("dim", "p", "inplace", "alpha"):
        if name in one.arguments:
            bound[name] = one.arguments[name]
    result = _from_layer(run, one, tensors.apply(run, row, bound, at), at)
    run.record(OperationCall(run.site(at), row, value, {**one.arguments, **bound}, result, "layer"))
    if layer.has_parameters or layer.result != "tensor":
        result = _through_parameters(run, one, layer, result, at)
    if layer.result in ("recurrent", "attention", "pair"):
        return _pair(run, layer, result, at)
    return result


def _from_layer(run: Run, one: HeapObject, result: Value, at: int) -> Value:
    """The result with the place where the layer was built in front of the step that the layer adds to the trail."""
    here = run.place(at)
    if one.place.at < 0 or one.place == here:
        return result
    options: list[tuple[Fact, frozenset[tuple[str, bool]]]] = []
    for fact, guard in guarded(result, FREE):
        if type(fact) is Tensor and fact.trail.place == here:
            built = (fact.trail.before or NO_TRAIL).through(one.place, f"the layer `{one.label}` is built here")
            fact = replace(fact, trail=built.through(here, fact.trail.label))
        options.append((fact, guard))
    return choose(options)


def _through_parameters(run: Run, one: HeapObject, layer: Layer, result: Value, at: int) -> Value:
    attached = None if run.grad is None else run.grad
    frozen = run.store.read((one.id, "[frozen]"))
    if frozen is not None:
        attached = None if attached else attached
    units = _units(one)
    options: list[tuple[Fact, frozenset[tuple[str, bool]]]] = []
    for fact, guard in guarded(result, FREE):
        if type(fact) is Tensor:
            fact = Tensor(
                dtype=None if run.autocast else weights_of(run, one) or (fact.dtype if fact.dtype in dtypes.FLOATING else None),
                after="derived" if layer.operation in ("recurrent", "recurrent_cell", "attention") else fact.after,
                attached=True if attached else (None if attached is None or fact.attached else False),
                sources=fact.sources | {one.id} if run.grad is not False else frozenset(),
                units=units if units is not None else (fact.units if layer.operation == "batch_norm" else None),
                rank=fact.rank if layer.operation in ("linear", "batch_norm", "layer_norm") else None,
                axis=1 if layer.operation.startswith("conv") else None,
                lineage=fact.lineage,
                trail=fact.trail,
            )
        options.append((fact, guard))
    return choose(options)


def _units(one: HeapObject) -> int | None:
    for name in ("out_features", "out_channels"):
        size = constant_of(one.arguments.get(name))
        if isinstance(size, int):
            return size
    return None


def _pair(run: Run, layer: Layer, result: Value, at: int) -> Value:
    if layer.operation == "recurrent_cell":
        return result
    state: Value = result
    library = layer.names[0]
    if library.endswith("LSTM"):
        state = Tuple((result, result)) if not isinstance(result, Tuple) else result
    return Tuple((result, state))


def _call_sequential(run: Run, callee: Ref, arguments: Arguments, at: int) -> Value:
    items = run.store.read((callee.id, ITEMS))
    rest = run.store.read((callee.id, ANY))
    value: Value = arguments.positional[0] if arguments.positional else run.unknown("no-input", at)
    if type(items) is not Tuple or rest is not None or not items.items:
        return _after_unknown_sequence(run, callee, items, rest, value, arguments, at)
    for item in items.items[:64]:
        value = _through(run, item, value, at)
    return value


def _through(run: Run, module: Value, value: Value, at: int) -> Value:
    run.forward_depth += 1
    try:
        return calls.call(run, module, Arguments(positional=[value], places=[at]), at)
    finally:
        run.forward_depth -= 1


def _after_unknown_sequence(
    run: Run, callee: Ref, items: Value | None, rest: Value | None, value: Value, arguments: Arguments, at: int
) -> Value:
    """A ``Sequential`` built from a list of unknown length: its last element is any of those that were added."""
    sources = _sources(run, arguments) | {callee.id}
    entry: Value = Tensor(attached=False if run.grad is False else None, sources=sources, lineage=(run.origin(at),))
    last = run.store.read((callee.id, LAST))
    if last is not None:
        return _through(run, last, entry, at)
    return entry


# --- losses ------------------------------------------------------------------------------------------


def call_loss(run: Run, loss: Loss, one: HeapObject | None, arguments: Arguments, at: int) -> Value:
    """Call a loss, as an object or as a function; notes what it got."""
    bound = arguments.bound(loss.call)
    places = {}
    for name in bound:
        place = arguments.place_of(loss.call, name)
        if place >= 0:
            places[name] = run.place(place)
    options = (
        dict(one.arguments)
        if one is not None
        else {name: value for name, value in bound.items() if name not in (loss.prediction, loss.target_name)}
    )
    run.record(LossCall(run.site(at), loss, bound, places, options, one.place if one is not None else None))
    return loss_result(run, loss, bound, options, at)


def loss_result(run: Run, loss: Loss, bound: dict[str, Value], options: dict[str, Value], at: int) -> Value:
    """The loss tensor: as attached as the prediction."""
    attached: bool | None = False
    sources: set[int] = set()
    dtype = _loss_dtype(loss, bound)
    lineage: dict[int, None] = {}
    for value in bound.values():
        verdicts = {fact.attached for fact in facts(value) if type(fact) is Tensor}
        if attached is not True and verdicts - {False}:
            attached = True if verdicts == {True} else None
        for fact in facts(value):
            if type(fact) is Tensor:
                sources |= fact.sources
                if fact.sources or fact.attached:
                    lineage.update(dict.fromkeys(fact.lineage))
            elif type(fact) is Unknown and attached is False:
                attached = None
    if run.grad is False:
        attached, sources = False, set()
    rank = 0 if _reduces(bound.get("reduction", options.get("reduction"))) and "reduce" not in bound and "reduce" not in options else None
    return Tensor(
        dtype=dtype,
        after="derived",
        attached=attached,
        sources=frozenset(sources),
        role="loss",
        rank=rank,
        lineage=(*list(lineage)[-6:], run.origin(at)),
    )


def _loss_dtype(loss: Loss, bound: dict[str, Value]) -> str | None:
    """That of the prediction; losses of a difference promote both."""
    given = [bound.get(name) for name in (loss.prediction, loss.target_name)]
    known = [value.dtype if type(value) is Tensor else None for value in given]
    return dtypes.promote(*known) if loss.symmetric else known[0]


def _reduces(reduction: Value | None) -> bool:
    return reduction is None or (type(reduction) is Constant and reduction.value != "none")


def operation_call(run: Run, row: Operation, arguments: Arguments, receiver: Fact | None, at: int, spelling: str) -> Value:
    """Call a canonical operation as a function or a method."""
    given = arguments if receiver is None else arguments.shifted(receiver)
    bound = given.bound(row.parameters, row.variadic)
    result = tensors.apply(run, row, bound, at)
    subject = bound.get(row.parameters[0]) if row.parameters else None
    if type(subject) is Ref and row.parameters[0] == "tensors" and (items := containers.known_items(run, subject)) is not None:
        bound = {**bound, "tensors": Tuple(tuple(items))}
    run.record(OperationCall(run.site(at), row, subject if subject is not None else Constant(None), bound, result, spelling))
    return result


__all__ = ["call_loss", "call_module", "call_object", "containers", "operation_call"]
