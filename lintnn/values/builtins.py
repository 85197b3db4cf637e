"""Python's own functions and the methods of its containers and strings."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from lintnn.knowledge import lookup
from lintnn.knowledge.rows import words
from lintnn.values import attributes, calls, containers, loops
from lintnn.values.arguments import Arguments
from lintnn.values.domain import (
    FREE,
    NONE,
    Bound,
    ClassValue,
    Constant,
    LibraryName,
    Parameters,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    constant_of,
    facts,
    guarded,
    join,
    symbol_of,
    truth,
)
from lintnn.values.heap import ANY, ITEMS, LAST, MODULE_KINDS
from lintnn.values.ops import tensors
from lintnn.values.records import Accumulation
from lintnn.values.run import Run

Handler = Callable[[Run, Arguments, int], Value]


def _first(run: Run, arguments: Arguments, at: int) -> Value:
    return arguments.positional[0] if arguments.positional else run.unknown("no-argument", at)


def _range(run: Run, arguments: Arguments, at: int) -> Value:
    return containers.make_iterator(run, at, "range", run.unknown("number", at), "epochs")


def _enumerate(run: Run, arguments: Arguments, at: int) -> Value:
    inner = _first(run, arguments, at)
    items = containers.known_items(run, inner)
    if items is not None and len(items) <= 8:
        return containers.make_list(run, at, [Tuple((Constant(index), item)) for index, item in enumerate(items)])
    element = Tuple((run.unknown("number", at), containers.element(run, inner, at)))
    return containers.make_iterator(run, at, "enumerate", element, loops.loop_kind(run, inner))


def _zip(run: Run, arguments: Arguments, at: int) -> Value:
    known = [containers.known_items(run, value) for value in arguments.positional]
    if known and all(items is not None and len(items) <= 8 for items in known):
        return containers.make_list(run, at, [Tuple(tuple(row)) for row in zip(*known, strict=False)])
    element = Tuple(tuple(containers.element(run, value, at) for value in arguments.positional))
    kinds = [loops.loop_kind(run, value) for value in arguments.positional]
    return containers.make_iterator(run, at, "zip", element, "data" if "data" in kinds else "other")


def _list(run: Run, arguments: Arguments, at: int) -> Value:
    if not arguments.positional:
        return containers.make_list(run, at, [])
    value = arguments.positional[0]
    if type(value) is Parameters:
        return Parameters(value.modules, value.others, value.part)
    items = containers.known_items(run, value)
    if items is not None:
        return containers.make_list(run, at, list(items))
    return containers.make_list(run, at, [], containers.element(run, value, at))


def _tuple(run: Run, arguments: Arguments, at: int) -> Value:
    if not arguments.positional:
        return Tuple(())
    items = containers.known_items(run, arguments.positional[0])
    return Tuple(items) if items is not None else _list(run, arguments, at)


def _dict(run: Run, arguments: Arguments, at: int) -> Value:
    from lintnn.values import library

    return library.SPECIAL["collections.OrderedDict"](run, arguments, at)


def _sum(run: Run, arguments: Arguments, at: int) -> Value:
    element = containers.element(run, _first(run, arguments, at), at)
    row = lookup.operation("add")
    options = []
    for fact, guard in guarded(element, FREE):
        if type(fact) is Tensor and row is not None:
            options.extend(guarded(tensors.apply(run, row, {row.parameters[0]: fact, "other": fact}, at), guard))
        elif _from_tensor(fact):
            options.append((Unknown("number", tensors.number_symbol(run, at)), guard))
        else:
            options.append((run.unknown("number", at), guard))
    return choose(options)


def _map(run: Run, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) < 2:
        return run.unknown("map", at)
    elements = [containers.element(run, value, at) for value in arguments.positional[1:]]
    result = calls.call(run, arguments.positional[0], Arguments(positional=elements), at)
    return containers.make_iterator(run, at, "map", result)


def _filter(run: Run, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) < 2:
        return run.unknown("filter", at)
    value = arguments.positional[1]
    if type(value) is Parameters:
        return Parameters(value.modules, value.others, True, True)
    return containers.make_iterator(run, at, "filter", containers.element(run, value, at))


_NUMBERS = frozenset(words("numbers.Number numbers.Real numbers.Integral builtins.int builtins.float"))
"""Types of numbers: what may be a tensor is asked for them to leave numbers as they are."""
_NO_TENSORS = _NUMBERS | frozenset(words("builtins.bool builtins.str builtins.list builtins.dict"))
"""Types that no tensor is of."""


def _isinstance(run: Run, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) < 2:
        return run.unknown("isinstance", at)
    value, kind = arguments.positional[:2]
    symbol = symbol_of(value)
    if type(kind) is LibraryName:
        tensors_only = [type(fact) is Tensor and fact.role != "opaque" for fact in facts(value)]
        if (all(tensors_only) and kind.name in _NO_TENSORS) or (any(tensors_only) and kind.name in _NUMBERS):
            return Constant(False)
        if type(value) is Tensor and all(tensors_only) and lookup.canonical(kind.name) == "torch.Tensor":
            return Constant(not value.array)
    verdict = _is_instance(run, value, kind)
    if verdict is not None:
        return Constant(verdict)
    name = kind.name if type(kind) is LibraryName else (f"{kind.path}::{kind.at}" if type(kind) is ClassValue else "")
    return run.unknown("isinstance", at, f"isinstance({symbol},{name})" if symbol and name else "")


def _is_instance(run: Run, value: Value, kind: Value) -> bool | None:
    if type(value) is not Ref or type(kind) not in (LibraryName, ClassValue):
        return None
    one = run.heap[value.id]
    if one.class_key is not None:
        info = run.classes[one.class_key]
        if type(kind) is ClassValue:
            return (kind.path, kind.at) in info.resolution or (None if info.open else False)
        return lookup.canonical(kind.name) in info.resolution or None  # type: ignore[union-attr]
    if type(kind) is LibraryName and one.kind in ("layer", "criterion"):
        name = lookup.canonical(kind.name)
        return True if name == one.library or name == lookup.MODULE_CLASS else (False if lookup.layer(name) is not None else None)
    if type(kind) is LibraryName and one.kind in ("list", "dict"):
        return kind.name == f"builtins.{one.kind}" or None
    return None


def _getattr(run: Run, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) < 2:
        return run.unknown("getattr", at)
    name = constant_of(arguments.positional[1])
    if isinstance(name, str):
        options = []
        for fact, guard in guarded(arguments.positional[0], FREE):
            options.extend(guarded(attributes.read(run, fact, name, at), guard))
        return choose(options)
    if type(arguments.positional[1]) is not Constant and len(list(facts(arguments.positional[1]))) > 1:
        options = []
        for choice, guard in guarded(arguments.positional[1], FREE):
            if type(choice) is Constant and isinstance(choice.value, str):
                for fact, own in guarded(arguments.positional[0], guard):
                    options.extend(guarded(attributes.read(run, fact, choice.value, at), own))
        if options:
            return choose(options)
    if type(arguments.positional[0]) is LibraryName:
        return attributes.member_of_library(run, arguments.positional[0].name, arguments.positional[1], at)
    return run.unknown("computed-attribute", at)


def _vars(run: Run, arguments: Arguments, at: int) -> Value:
    value = _first(run, arguments, at)
    return attributes.read(run, value, attributes.MEMBERS, at) if type(value) is LibraryName else run.unknown("vars", at)


def _setattr(run: Run, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) >= 3:
        name = constant_of(arguments.positional[1])
        for fact in facts(arguments.positional[0]):
            one = attributes.object_of(run, fact)
            if one is not None and isinstance(name, str):
                run.store.write((one, name), arguments.positional[2])
            elif one is not None:
                before = run.store.read((one, "[named]"))
                value = arguments.positional[2]
                run.store.write((one, "[named]"), Tuple((value,) if type(before) is not Tuple else (*before.items[-63:], value)))
    return NONE


def _next(run: Run, arguments: Arguments, at: int) -> Value:
    return containers.element(run, _first(run, arguments, at), at)


def _number(run: Run, arguments: Arguments, at: int) -> Value:
    value = _first(run, arguments, at)
    if type(value) is Constant and isinstance(value.value, (int, float, bool)):
        return value
    if constant_of(value) in ("inf", "-inf", "infinity"):
        return Constant(float(value.value))  # type: ignore[union-attr]
    if any(_from_tensor(fact) for fact in facts(value)):
        return Unknown("number", tensors.number_symbol(run, at))
    return run.unknown("number", at)


def _from_tensor(fact: object) -> bool:
    """Whether a value is a tensor on a graph, or a number that was read out of one."""
    if type(fact) is Tensor:
        return fact.attached is not False and not fact.array
    return type(fact) is Unknown and fact.symbol.startswith(tensors.NUMBER)


def _length(run: Run, arguments: Arguments, at: int) -> Value:
    value = _first(run, arguments, at)
    items = containers.known_items(run, value)
    if items is not None and not run.loops:
        return Constant(len(items))
    symbol = symbol_of(value)
    return run.unknown("number", at, f"len({symbol})" if symbol else "")


def _type(run: Run, arguments: Arguments, at: int) -> Value:
    value = _first(run, arguments, at)
    if type(value) is Ref and run.heap[value.id].class_key is not None:
        path, ordinal = run.heap[value.id].class_key  # type: ignore[misc]
        return ClassValue(path, ordinal)
    return run.unknown("type", at)


def _minimum(run: Run, arguments: Arguments, at: int) -> Value:
    values = arguments.positional
    if len(values) > 1 and all(type(value) is Constant and isinstance(value.value, (int, float)) for value in values):
        return run.unknown("number", at)
    for value in values:
        if type(value) is Tensor:
            return value
    return run.unknown("number", at)


def _bool(run: Run, arguments: Arguments, at: int) -> Value:
    value = _first(run, arguments, at)
    known = truth(value)
    return Constant(known) if known is not None else run.unknown("condition", at, symbol_of(value))


def _inert(run: Run, arguments: Arguments, at: int) -> Value:
    return run.unknown("inert", at)


def _callable(run: Run, arguments: Arguments, at: int) -> Value:
    symbol = symbol_of(_first(run, arguments, at))
    return run.unknown("condition", at, f"callable({symbol})" if symbol else "")


BUILTINS: dict[str, Handler] = {
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "list": _list,
    "set": _list,
    "frozenset": _list,
    "tuple": _tuple,
    "dict": _dict,
    "sum": _sum,
    "map": _map,
    "filter": _filter,
    "sorted": _list,
    "reversed": _list,
    "iter": _first,
    "next": _next,
    "isinstance": _isinstance,
    "getattr": _getattr,
    "setattr": _setattr,
    "vars": _vars,
    "int": _number,
    "float": _number,
    "abs": _first,
    "round": _number,
    "bool": _bool,
    "len": _length,
    "type": _type,
    "min": _minimum,
    "max": _minimum,
    "callable": _callable,
    **dict.fromkeys(
        words(
            "print str repr open input format hash id ord chr hex bin dir locals globals hasattr issubclass any all bytes "
            "divmod pow property staticmethod classmethod exec eval compile object slice complex bytearray memoryview exit quit "
            "NotImplementedError ValueError RuntimeError TypeError KeyError Exception AssertionError ImportError StopIteration "
            "AttributeError IndexError FileNotFoundError KeyboardInterrupt OSError IOError SystemExit Warning UserWarning "
            "DeprecationWarning"
        ),
        _inert,
    ),
}


# --- containers --------------------------------------------------------------------------------------


def _append(run: Run, receiver: Ref, arguments: Arguments, at: int, place: Value | None = None) -> Value:
    if arguments.positional:
        value = arguments.positional[-1]
        depth = run.heap[receiver.id].loop_depth
        outlives = tuple(run.loops[depth:])
        if outlives and any(_keeps_graph(fact) for fact in facts(value)):
            run.record(Accumulation(run.site(at), "append", "a list", value, outlives))
        if place is None:
            containers.append(run, receiver, _kept(run, value, at), at)
        else:
            containers.insert(run, receiver, place, _kept(run, value, at))
    return NONE


def _insert(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return _append(run, receiver, arguments, at, arguments.positional[0] if len(arguments.positional) > 1 else None)


def _append_left(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return _append(run, receiver, arguments, at, Constant(0))


def _kept(run: Run, value: Value, at: int) -> Value:
    """A tensor as it lies in a list: its lineage goes through the place where it was put there."""
    if type(value) is Tensor and value.lineage:
        return replace(value, lineage=(*value.lineage[-7:], run.origin(at)))
    return value


def _keeps_graph(fact: object) -> bool:
    if type(fact) is Tensor:
        return fact.attached is not False
    if type(fact) is Tuple:
        return any(_keeps_graph(inner) for item in fact.items for inner in facts(item))
    return False


def _extend(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if arguments.positional:
        containers.extend(run, receiver, arguments.positional[0], at)
    return NONE


def _pop(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return containers.pop(run, receiver, arguments.positional[0] if arguments.positional else Constant(-1), at)


def _reorder(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    containers.loosen(run, receiver, at)
    return NONE


def _next_item(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return containers.element(run, receiver, at)


def _copy(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    return _list(run, Arguments(positional=[receiver]), at)


def _clear(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    run.store.write((receiver.id, ITEMS), Tuple(()))
    run.store.erase((receiver.id, ANY))
    run.store.erase((receiver.id, LAST))
    return NONE


LIST: dict[str, Callable[[Run, Ref, Arguments, int], Value]] = {
    "append": _append,
    "appendleft": _append_left,
    "insert": _insert,
    "add": _append,
    "extend": _extend,
    "pop": _pop,
    "popleft": lambda run, receiver, arguments, at: _pop(run, receiver, Arguments(positional=[Constant(0)]), at),
    "copy": _copy,
    "clear": _clear,
    **dict.fromkeys(("remove", "reverse", "sort"), _reorder),
    "__next__": _next_item,
}


def _get(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if not arguments.positional:
        return run.unknown("item", at)
    value = containers.get_item(run, receiver, arguments.positional[0], at)
    varies = type(value) is Unknown or type(arguments.positional[0]) is not Constant
    return join(value, arguments.positional[1]) if len(arguments.positional) > 1 and varies else value


def _set_default(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    if len(arguments.positional) < 2:
        return _get(run, receiver, arguments, at)
    value = containers.get_item(run, receiver, arguments.positional[0], at)
    if type(value) is not Unknown:
        return value
    default = arguments.positional[1]
    containers.adopt(run, receiver, default)
    containers.set_item(run, receiver, arguments.positional[0], default, at)
    return default


def _keys(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    keys = run.store.read((receiver.id, "[keys]"))
    if type(keys) is Tuple and run.store.read((receiver.id, ANY)) is None:
        return containers.make_list(run, at, list(keys.items))
    return containers.make_iterator(run, at, "keys", run.unknown("key", at))


def _values(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    keys = run.store.read((receiver.id, "[keys]"))
    if type(keys) is Tuple and run.store.read((receiver.id, ANY)) is None:
        return containers.make_list(run, at, [containers.get_item(run, receiver, key, at) for key in keys.items])
    return containers.make_iterator(run, at, "values", containers.values_of_dict(run, receiver, at))


def _items(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    keys = run.store.read((receiver.id, "[keys]"))
    if type(keys) is Tuple and run.store.read((receiver.id, ANY)) is None:
        return containers.make_list(run, at, [Tuple((key, containers.get_item(run, receiver, key, at))) for key in keys.items])
    return containers.make_iterator(run, at, "items", Tuple((run.unknown("key", at), containers.values_of_dict(run, receiver, at))))


def _update(run: Run, receiver: Ref, arguments: Arguments, at: int) -> Value:
    for value in arguments.positional[:1]:
        containers.update(run, receiver, value, at)
    for name, value in arguments.keywords.items():
        containers.set_item(run, receiver, Constant(name), value, at)
    return NONE


DICT: dict[str, Callable[[Run, Ref, Arguments, int], Value]] = {
    "get": _get,
    "pop": _get,
    "setdefault": _set_default,
    "keys": _keys,
    "values": _values,
    "items": _items,
    "update": _update,
}


def string_method(run: Run, text: str, name: str, arguments: Arguments, at: int) -> Value:
    """A method of a constant string."""
    if name in ("lower", "upper", "strip") and not arguments.positional:
        return Constant(getattr(text, name)())
    if name in ("startswith", "endswith") and arguments.positional:
        part = constant_of(arguments.positional[0])
        if isinstance(part, str):
            return Constant(getattr(text, name)(part))
    return run.unknown("text", at)


__all__ = ["BUILTINS", "DICT", "LIST", "MODULE_KINDS", "Bound", "string_method"]
