"""Attributes: what ``receiver.name`` is for every kind of receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lintnn.knowledge import lookup
from lintnn.values import calls, resolve
from lintnn.values.arguments import Arguments
from lintnn.values.classes import ClassInfo, find_method, library_base
from lintnn.values.domain import (
    FREE,
    Bound,
    ClassValue,
    Constant,
    Fact,
    FunctionValue,
    Guard,
    LibraryName,
    ModuleValue,
    Parameters,
    Ref,
    Super,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    guarded,
    symbol_of,
)
from lintnn.values.happenings import ObjectId
from lintnn.values.heap import ANY, ITEMS, MODULE_KINDS
from lintnn.values.ops import tensors
from lintnn.values.run import Frame, Run

MEMBERS = "__dict__"
TABLE = f".{MEMBERS}"
"""What the name of the table of a library module's members ends in."""
TENSOR_SIZES = frozenset({"shape", "ndim", "device", "is_cuda", "layout", "names", "itemsize", "nbytes"})


def object_of(run: Run, fact: Fact) -> ObjectId | None:
    """The object a fact refers to; an unknown value with a symbol is a symbolic object."""
    if type(fact) is Ref:
        return fact.id
    if type(fact) is Unknown and fact.symbol and not fact.symbol.startswith("@"):
        return run.object_of_symbol(fact.symbol)
    if type(fact) is ClassValue:
        return run.object_of_symbol(f"class {fact.path}::{fact.at}")
    return None


def read(run: Run, receiver: Fact, name: str, at: int) -> Value:
    """The value of an attribute."""
    handler = _READ.get(type(receiver))
    if handler is None:
        return run.unknown("attribute", at)
    return handler(run, receiver, name, at)


def _of_library(run: Run, receiver: LibraryName, name: str, at: int) -> Value:
    if name == MEMBERS:
        return LibraryName(f"{receiver.name}{TABLE}")
    return LibraryName(f"{receiver.name}.{name}")


def member_of_library(run: Run, module: str, name: Value, at: int) -> Value:
    """The member of a library module whose name is a value: ``getattr(nn, name)``, ``nn.__dict__[name]``."""
    options: list[tuple[Fact, Guard]] = []
    for fact, guard in guarded(name, FREE):
        if type(fact) is Constant and isinstance(fact.value, str):
            options.append((LibraryName(f"{module}.{fact.value}"), guard))
        else:
            stands_for = lookup.member_of(module)
            options.append((LibraryName(stands_for) if stands_for else run.unknown("computed-attribute", at), guard))
    return choose(options)


def _of_module(run: Run, receiver: ModuleValue, name: str, at: int) -> Value:
    return resolve.member(run, receiver.path, name, at)


def _of_tensor(run: Run, receiver: Tensor, name: str, at: int) -> Value:
    row = (lookup.operation_of_array_attribute if receiver.array else lookup.operation_of_attribute)(name)
    if row is not None:
        return tensors.apply(run, row, {row.parameters[0]: receiver}, at)
    if name in TENSOR_SIZES:
        return Unknown("size", f"{receiver.symbol}.{name}" if receiver.symbol else run.unique(at))
    if name == "dtype":
        return LibraryName(f"torch.{receiver.dtype}") if receiver.dtype else Unknown("dtype", run.unique(at))
    if name == "grad":
        return Tensor(dtype=receiver.dtype, attached=False, after="derived")
    if (lookup.operation_of_array_method if receiver.array else lookup.operation_of_method)(
        name
    ) is not None or name in calls.TENSOR_METHODS:
        return Bound(receiver, name)
    if receiver.role == "opaque":
        return field(run, receiver, name, at)
    return Bound(receiver, name)


GRAPH_METHODS = frozenset(["log_prob", "rsample", "entropy"])
"""Methods of distributions whose result hangs on the graph of the distribution's parameters."""


def field(run: Run, receiver: Tensor, name: str, at: int) -> Value:
    """A field of the result of an unknown module: an output object."""
    symbol = f"{receiver.symbol}.{name}" if receiver.symbol else run.unique(at)
    earlier = receiver.lineage[-7:] if "loss" in name or "logit" in name or name in GRAPH_METHODS else ()
    return Tensor(attached=receiver.attached, sources=receiver.sources, role="opaque", symbol=symbol, lineage=(*earlier, run.origin(at)))


def _of_parameters(run: Run, receiver: Parameters, name: str, at: int) -> Value:
    if name == "grad":
        return Parameters(receiver.modules, receiver.others, receiver.part)
    if name == "dtype":
        return run.unknown("dtype", at)
    if name in ("data", "detach"):
        return Tensor(dtype="float32", attached=False, after="derived") if name == "data" else Bound(receiver, name)
    return Bound(receiver, name)


def _of_tuple(run: Run, receiver: Tuple, name: str, at: int) -> Value:
    if name in receiver.names:
        return receiver.items[receiver.names.index(name)]
    if name in ("values", "logits", "output", "last_hidden_state") and receiver.items:
        return receiver.items[0]
    if name in ("indices",) and len(receiver.items) > 1:
        return receiver.items[1]
    return Bound(receiver, name)


def _of_symbol(run: Run, receiver: Unknown, name: str, at: int) -> Value:
    if not receiver.symbol:
        return run.unknown("attribute", at)
    if not receiver.symbol.startswith("@"):
        one = run.symbols.get(receiver.symbol)
        if one is not None:
            value = run.store.read((one, name))
            if value is not None:
                return value
    return (
        Unknown(receiver.cause, f"{receiver.symbol}.{name}", receiver.element_of)
        if len(receiver.symbol) < 100
        else run.unknown("deep-attribute", at)
    )


def _of_bound(run: Run, receiver: Bound, name: str, at: int) -> Value:
    if name in ("__func__", "__wrapped__"):
        return receiver
    symbol = symbol_of(receiver.receiver)
    return run.unknown("attribute-of-method", at, f"{symbol}.{receiver.name}.{name}" if symbol else "")


def _of_class(run: Run, receiver: ClassValue, name: str, at: int) -> Value:
    info = calls.class_info(run, receiver)
    value = run.store.read((run.object_of_symbol(f"class {receiver.path}::{receiver.at}"), name))
    if value is not None:
        return value
    method = find_method(run, info, name)
    if method is not None:
        return Bound(receiver, name, method.function) if method.kind == "class" else method.function
    found = class_attribute(run, info, name, at)
    if found is not None:
        return found
    base = library_base(info)
    if base:
        return Bound(receiver, name) if name == "from_pretrained" else LibraryName(f"{base}.{name}")
    return run.unknown("class-attribute", at, f"class {info.name}.{name}")


def class_attribute(run: Run, info: ClassInfo, name: str, at: int) -> Value | None:
    """An attribute assigned in a class body, along the resolution order; evaluated in the module of the class, once."""
    for entry in info.resolution:
        if isinstance(entry, str):
            continue
        owner = run.classes[entry]
        if name in owner.values:
            return owner.values[name]
        expression = owner.attributes.get(name)
        if expression is not None:
            owner.values[name] = run.unknown("class-attribute-in-progress", at)
            saved = run.frame
            run.frame = Frame(run.fresh_id(), owner.key[0], owner.name, 0)
            try:
                value = run.evaluate(expression)
            finally:
                run.frame = saved
            owner.values[name] = value
            if isinstance(value, Ref):
                del owner.values[name]
            return value
    return None


def _of_super(run: Run, receiver: Super, name: str, at: int) -> Value:
    if not isinstance(receiver.receiver, (Ref, ClassValue)):
        return run.unknown("super", at)
    info = calls.info_of(run, receiver.receiver)
    if info is None:
        return run.unknown("super", at)
    method = find_method(run, info, name, receiver.after)
    if method is not None:
        return Bound(receiver.receiver, name, method.function)
    base = library_base(info)
    return Bound(receiver.receiver, f"super.{name}") if base or not info.open else run.unknown("super", at)


def _of_reference(run: Run, receiver: Ref, name: str, at: int) -> Value:
    value = run.store.read((receiver.id, name))
    if value is not None:
        return value
    one = run.heap[receiver.id]
    if one.class_key is not None:
        found = _of_instance(run, receiver, run.classes[one.class_key], name, at)
        if found is not None:
            return found
    if name == "module" and one.kind in MODULE_KINDS:
        return receiver
    if one.kind in ("list", "dict", "set", "iterator", "generator"):
        return Bound(receiver, name)
    if name == "training" and one.kind in MODULE_KINDS:
        return Unknown("mode", f"#{receiver.id}.training")
    if one.kind == "symbol":
        return Unknown("attribute", f"{one.symbol}.{name}")
    if one.kind == "layer" and name in ("weight", "bias"):
        return Parameters(frozenset({receiver.id}), part=True)
    if one.class_key is None and name in one.arguments:
        return one.arguments[name]
    if one.kind == "record":
        return Unknown("attribute", f"#{receiver.id}.{name}")
    if one.kind == "library" and lookup.handle(one.library) is not None and not lookup.is_known(f"{one.library}.{name}"):
        return Unknown("attribute", f"#{receiver.id}.{name}")
    if one.layer is not None and one.layer.container == "sequential" and name.isdigit():
        items = run.store.read((receiver.id, ITEMS))
        if type(items) is Tuple and int(name) < len(items.items):
            return items.items[int(name)]
    if one.layer is not None and one.layer.container == "dict":
        found_any = run.store.read((receiver.id, ANY))
        if found_any is not None and name not in ("keys", "values", "items", "update"):
            return found_any
    return Bound(receiver, name)


def _of_instance(run: Run, receiver: Ref, info: ClassInfo, name: str, at: int) -> Value | None:
    method = find_method(run, info, name)
    if method is not None:
        if method.kind == "property":
            return calls.call_function(run, method.function, Arguments(positional=[receiver]), at, receiver)
        if method.kind == "static":
            return method.function
        return Bound(receiver, name, method.function)
    found = class_attribute(run, info, name, at)
    if found is not None:
        if isinstance(found, FunctionValue) and run.functions.get((found.path, found.at)) is not None:
            return Bound(receiver, name, found)
        return found
    if name == "training" and info.is_module:
        return Unknown("mode", f"#{receiver.id}.training")
    if name == "__class__":
        return ClassValue(info.key[0], info.key[1], info.frame)
    base = library_base(info)
    if base and (name in calls.MODULE_METHODS or (info.framework is not None and not info.open)):
        return Bound(receiver, name)
    return Unknown("attribute-not-set", f"#{receiver.id}.{name}")


def _of_constant(run: Run, receiver: Constant, name: str, at: int) -> Value:
    return Bound(receiver, name)


_READ: dict[type, Callable[[Run, Any, str, int], Value]] = {
    LibraryName: _of_library,
    ModuleValue: _of_module,
    Tensor: _of_tensor,
    Parameters: _of_parameters,
    Tuple: _of_tuple,
    Unknown: _of_symbol,
    Bound: _of_bound,
    ClassValue: _of_class,
    Super: _of_super,
    Ref: _of_reference,
    Constant: _of_constant,
}
