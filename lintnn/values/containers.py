"""Lists, tuples, dicts, iterators: items, unpacking, growth."""

from __future__ import annotations

from collections.abc import Iterator

from lintnn.knowledge import lookup
from lintnn.values import attributes, calls
from lintnn.values.arguments import Arguments
from lintnn.values.classes import fields_of, find_method
from lintnn.values.domain import (
    NONE,
    NOTHING,
    Bound,
    Constant,
    Fact,
    LibraryName,
    Parameters,
    Ref,
    Slice,
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
)
from lintnn.values.happenings import ObjectId
from lintnn.values.heap import ANY, ITEMS, LAST
from lintnn.values.ops import tensors
from lintnn.values.run import Run

MAX_ITEMS = 64
DEFAULT = "default_factory"
PARTS = 64
"""Parts of one result that are told apart in lineages."""
PIECES_WITHOUT_ITEMS = 8


def make_list(run: Run, at: int, items: list[Value], extra: Value | None = None) -> Ref:
    """A new list; with ``extra`` its length is not known."""
    made = run.allocate("list", at, "list")
    if extra is None and len(items) <= MAX_ITEMS:
        run.store.write((made.id, ITEMS), Tuple(tuple(items)))
        return made
    summary = extra
    for item in items[:16]:
        summary = item if summary is None else join(summary, item)
    run.store.write((made.id, ANY), summary if summary is not None else run.unknown("item", at))
    return made


def make_dict(run: Run, at: int) -> Ref:
    """A new, empty dict."""
    made = run.allocate("dict", at, "dict")
    run.store.write((made.id, "[keys]"), Tuple(()))
    return made


def make_default_dict(run: Run, arguments: Arguments, at: int) -> Ref:
    """A new ``defaultdict``; its default is kept where it is ``list``."""
    made = make_dict(run, at)
    if arguments.positional and arguments.positional[0] == LibraryName("builtins.list"):
        run.heap[made.id].arguments = {DEFAULT: arguments.positional[0]}
    return made


def make_iterator(run: Run, at: int, name: str, element: Value, kind: str = "other") -> Ref:
    """An iterator whose items are all ``element``. ``kind`` as for loops: ``data``, ``epochs``, ``other``."""
    made = run.allocate("iterator", at, name, arguments={"kind": Constant(kind)})
    run.store.write((made.id, ANY), element)
    return made


def known_items(run: Run, value: Value) -> tuple[Value, ...] | None:
    """The items of a tuple or list of known length."""
    if type(value) is Tuple:
        return value.items
    if type(value) is Ref:
        one = run.heap[value.id]
        if one.kind in ("list", "layer", "iterator"):
            items = run.store.read((value.id, ITEMS))
            if type(items) is Tuple and run.store.read((value.id, ANY)) is None:
                return items.items
    return None


def element(run: Run, value: Value, at: int) -> Value:
    """The join of the items of an iterable."""
    options = [_element_of(run, fact, at) for fact in facts(value)]
    result = options[0] if options else run.unknown("element", at)
    for other in options[1:]:
        result = join(result, other)
    return result


def _element_of(run: Run, fact: Fact, at: int) -> Value:
    items = known_items(run, fact)
    if items is not None:
        if not items:
            return run.unknown("empty", at)
        result = items[0]
        for item in items[1:PIECES_WITHOUT_ITEMS]:
            result = join(result, item)
        return result
    if type(fact) is Ref:
        return _element_of_object(run, fact, at)
    if type(fact) is Tensor:
        row = lookup.operation("getitem")
        return tensors.apply(run, row, {row.parameters[0]: fact}, at) if row is not None else fact
    if type(fact) is Parameters:
        return Parameters(fact.modules, fact.others, True)
    if type(fact) is Unknown:
        anonymous = fact.symbol.startswith("@") and fact.element_of
        return Unknown("element", run.unique(at), fact.element_of if anonymous else fact.symbol or "?")
    return run.unknown("element", at)


def _element_of_object(run: Run, fact: Ref, at: int) -> Value:
    one = run.heap[fact.id]
    if one.kind == "loader":
        return calls.batch(run, one, at)
    if one.kind == "dict":
        return run.unknown("key", at)
    summary = run.store.read((fact.id, ANY))
    for items in facts(run.store.read((fact.id, ITEMS)) or NOTHING):
        for item in items.items[:PIECES_WITHOUT_ITEMS] if type(items) is Tuple else ():
            summary = item if summary is None else join(summary, item)
    if summary is not None:
        return fresh_element(run, summary, at)
    if one.class_key is not None:
        info = run.classes[one.class_key]
        found = calls.iterate_instance(run, fact, info, at)
        if found is not None:
            return found
    symbol = one.symbol or f"#{fact.id}"
    return Unknown("element", run.unique(at), symbol)


def fresh_element(run: Run, value: Value, at: int) -> Value:
    """An element of a container; symbols of unknown elements are made new, as every item is another value."""
    if type(value) is Unknown and value.symbol.startswith(tensors.NUMBER):
        return Unknown(value.cause, tensors.number_symbol(run, at))
    if type(value) is Unknown and value.symbol.startswith("@"):
        return Unknown(value.cause, run.unique(at), value.element_of)
    if type(value) is Tuple:
        return Tuple(tuple(fresh_element(run, item, at) for item in value.items), value.names)
    return value


def spread(run: Run, value: Value, at: int) -> tuple[list[Value] | None, Value]:
    """The items of an iterable if they are known, and the join of them."""
    items = known_items(run, value)
    if items is not None:
        return list(items), NONE
    return None, element(run, value, at)


def unpack(run: Run, value: Value, count: int, at: int, starred: list[bool]) -> list[Value]:
    """The parts of a value that is unpacked into ``count`` targets."""
    parts: list[list[tuple[Fact, frozenset[tuple[str, bool]]]]] = [[] for _ in range(count)]
    for fact, guard in guarded(value, frozenset()):
        for index, part in enumerate(_unpack_fact(run, fact, count, at, starred)):
            parts[index].extend(guarded(part, guard))
    return [choose(options) for options in parts]


def _unpack_fact(run: Run, fact: Fact, count: int, at: int, starred: list[bool]) -> list[Value]:
    items = known_items(run, fact)
    if items is not None and any(starred) and len(items) >= count - 1:
        place = starred.index(True)
        after = count - place - 1
        middle = items[place : len(items) - after]
        return [*items[:place], make_list(run, at, list(middle)), *items[len(items) - after :]]
    if items is not None and len(items) == count:
        return list(items)
    if type(fact) is Unknown:
        data = fact.element_of or fact.cause in ("data", "element")
        return [
            Unknown("element" if data else "part", f"{fact.symbol}[{index}]" if fact.symbol else run.unique(at), fact.element_of)
            for index in range(count)
        ]
    if type(fact) is Tensor:
        return [_part(run, fact, index, at) for index in range(count)]
    one = _element_of(run, fact, at)
    return [fresh_element(run, one, at) for _ in range(count)]


def _part(run: Run, fact: Tensor, index: int, at: int) -> Tensor:
    symbol = f"{fact.symbol}[{index}]" if fact.symbol else ""
    return Tensor(
        dtype=fact.dtype, after=fact.after, attached=fact.attached, sources=fact.sources, role=fact.role, array=fact.array,
        lineage=_part_lineage(fact, index), symbol=symbol, trail=fact.trail, shared=True,
    )  # fmt: skip


def _part_lineage(fact: Tensor, index: int) -> tuple[int, ...]:
    """Of what an unknown module gives, one part says nothing about the others: a loss hangs on a graph, the count next to it does not."""
    if fact.role != "opaque" or not fact.lineage:
        return fact.lineage
    return (-(abs(fact.lineage[-1]) * PARTS + index + 1),)


def whole_of(part: int) -> int:
    """The place of the call whose result a part (a negative entry of a lineage) belongs to."""
    return (-part - 1) // PARTS


def _entry(index: Value) -> str | None:
    key = constant_of(index)
    return f"[{key!r}]" if isinstance(key, (str, int, bool, float)) else None


def get_item(run: Run, receiver: Fact, index: Value, at: int) -> Value:
    """``receiver[index]``."""
    position = constant_of(index)
    items = known_items(run, receiver)
    if items is not None:
        if isinstance(position, int) and -len(items) <= position < len(items):
            return items[position]
        if type(index) is Slice:
            return _as_layers(run, receiver, _slice(run, items, index, at))
        return element(run, receiver, at)
    if type(receiver) is Tensor:
        if receiver.role == "opaque" and isinstance(position, (int, str)):
            return _part(run, receiver, position if isinstance(position, int) else 0, at)
        row = (lookup.operation_of_array_method("__getitem__") if receiver.array else None) or lookup.operation("getitem")
        if row is None:
            return receiver
        item = tensors.apply(run, row, {row.parameters[0]: receiver, "indices": index}, at)
        return tensors.as_array(item) if receiver.array else item
    if type(receiver) is Ref:
        return _item_of_object(run, receiver, index, at)
    if type(receiver) is Parameters:
        return Parameters(receiver.modules, receiver.others, True)
    if type(receiver) is LibraryName and receiver.name.endswith(attributes.TABLE):
        return attributes.member_of_library(run, receiver.name.removesuffix(attributes.TABLE), index, at)
    if type(receiver) is Unknown and receiver.symbol:
        name = symbol_of(index)
        data = receiver.element_of or (receiver.symbol if type(index) is Slice else "")
        return Unknown("item", f"{receiver.symbol}[{name}]" if name and len(receiver.symbol) < 90 else run.unique(at), data)
    return run.unknown("item", at)


def _as_layers(run: Run, receiver: Fact, part: Value) -> Value:
    """A slice of a ``Sequential`` or ``ModuleList`` is one again."""
    if type(receiver) is Ref and type(part) is Ref and (layer := run.heap[receiver.id].layer) is not None:
        whole, made = run.heap[receiver.id], run.heap[part.id]
        made.kind, made.label, made.library, made.layer = whole.kind, whole.label, whole.library, layer
    return part


def _bounds(index: Slice) -> slice | None:
    """A slice of known bounds; None if one of them is not known."""
    bounds = [None if part is None else constant_of(part) for part in (index.lower, index.upper, index.step)]
    return slice(*bounds) if all(bound is None or isinstance(bound, int) for bound in bounds) and bounds[2] != 0 else None


def _slice(run: Run, items: tuple[Value, ...], index: Slice, at: int) -> Value:
    bounds = _bounds(index)
    if bounds is not None:
        return make_list(run, at, list(items[bounds]))
    return make_list(run, at, [], element(run, Tuple(items), at) if items else None)


def _item_of_object(run: Run, receiver: Ref, index: Value, at: int) -> Value:
    one = run.heap[receiver.id]
    if one.kind in ("dict",) or (one.layer is not None and one.layer.container == "dict"):
        entry = _entry(index)
        if entry is not None:
            value = run.store.read((receiver.id, entry))
            if value is not None:
                return value
            rest = run.store.read((receiver.id, ANY))
            if rest is None and DEFAULT in one.arguments:
                return _default(run, receiver, index, at)
            return rest if rest is not None else Unknown("item", f"#{receiver.id}{entry}")
        if DEFAULT in one.arguments and run.store.read((receiver.id, ANY)) is None:
            return _default(run, receiver, index, at)
        return values_of_dict(run, receiver, at)
    if one.class_key is not None:
        info = run.classes[one.class_key]
        method = find_method(run, info, "__getitem__")
        if method is not None:
            return calls.call_function(run, method.function, Arguments(positional=[receiver, index]), at, receiver)
        if info.is_record:
            return _field(run, receiver, fields_of(run, info), index, at)
    if one.kind == "record":
        key = constant_of(index)
        held = run.store.read((receiver.id, key if isinstance(key, str) else ANY))
        return held if held is not None else run.unknown("item", at)
    if one.kind in ("list", "iterator", "layer"):
        summary = element(run, receiver, at)
        return make_list(run, at, [], summary) if type(index) is Slice else summary
    if one.kind == "symbol":
        name = symbol_of(index)
        return Unknown("item", f"{one.symbol}[{name}]" if name else run.unique(at))
    return run.unknown("item", at)


def _field(run: Run, receiver: Ref, names: list[str], index: Value, at: int) -> Value:
    """``output["logits"]``, ``output[0]``: of what an output object holds, ``None`` does not count."""
    key = constant_of(index)
    if isinstance(key, str):
        return attributes.read(run, receiver, key, at)
    held = [value for name in names if (value := attributes.read(run, receiver, name, at)) != NONE]
    return held[key] if isinstance(key, int) and -len(held) <= key < len(held) else element(run, Tuple(tuple(held)), at)


def _default(run: Run, receiver: Ref, index: Value, at: int) -> Value:
    """The new list under a key that a ``defaultdict`` was not asked for before."""
    made = make_list(run, at, [])
    adopt(run, receiver, made)
    set_item(run, receiver, index, made, at)
    return made


def values_of_dict(run: Run, receiver: Ref, at: int) -> Value:
    """The join of the values of a dict."""
    result: Value | None = run.store.read((receiver.id, ANY))
    keys = run.store.read((receiver.id, "[keys]"))
    if type(keys) is Tuple:
        for key in keys.items[:16]:
            entry = _entry(key)
            value = None if entry is None else run.store.read((receiver.id, entry))
            if value is not None:
                result = value if result is None else join(result, value)
    return result if result is not None else run.unknown("item", at)


def held_by(run: Run, container: ObjectId) -> Iterator[Value]:
    """What a list, dict or iterator surely or possibly holds, as far as that is kept."""
    keys = run.store.read((container, "[keys]"))
    cells = [entry for key in (keys.items if type(keys) is Tuple else ()) if (entry := _entry(key)) is not None]
    for cell in (ITEMS, ANY, *cells):
        content = run.store.read((container, cell))
        if content is not None:
            yield content


def set_item(run: Run, receiver: Ref, index: Value, value: Value, at: int) -> None:
    """``receiver[index] = value``."""
    one = run.heap[receiver.id]
    entry = _entry(index)
    if one.kind == "dict" or (one.layer is not None and one.layer.container == "dict"):
        if entry is not None:
            keys = run.store.read((receiver.id, "[keys]"))
            known = keys.items if type(keys) is Tuple else ()
            if index not in known:
                run.store.write((receiver.id, "[keys]"), Tuple((*known, index)))
            run.store.write((receiver.id, entry), value)
        else:
            before = run.store.read((receiver.id, ANY))
            run.store.write((receiver.id, ANY), value if before is None else join(before, value))
        return
    if type(index) is Slice:
        _set_slice(run, receiver, index, value, at)
        return
    items = run.store.read((receiver.id, ITEMS))
    position = constant_of(index)
    if position == -1:
        run.store.write((receiver.id, LAST), value)
    else:
        run.store.erase((receiver.id, LAST))
    if type(items) is Tuple and isinstance(position, int) and -len(items.items) <= position < len(items.items):
        changed = list(items.items)
        changed[position] = value
        run.store.write((receiver.id, ITEMS), Tuple(tuple(changed)))
        return
    before = run.store.read((receiver.id, ANY))
    run.store.write((receiver.id, ANY), value if before is None else join(before, value))


def adopt(run: Run, owner: Ref, value: Value) -> None:
    """A container that is kept in another one lives as long as that."""
    for fact in facts(value):
        if type(fact) is Ref and run.heap[fact.id].kind in ("list", "dict"):
            run.heap[fact.id].loop_depth = min(run.heap[fact.id].loop_depth, run.heap[owner.id].loop_depth)


def update(run: Run, receiver: Ref, other: Value, at: int) -> None:
    """``receiver.update(other)``."""
    for fact in facts(other):
        if type(fact) is Ref and run.heap[fact.id].kind == "dict":
            keys = run.store.read((fact.id, "[keys]"))
            for key in keys.items if type(keys) is Tuple else ():
                set_item(run, receiver, key, get_item(run, fact, key, at), at)
            rest = run.store.read((fact.id, ANY))
            if rest is not None:
                set_item(run, receiver, run.unknown("key", at), rest, at)
        else:
            set_item(run, receiver, run.unknown("key", at), run.unknown("item", at), at)


def append(run: Run, receiver: Ref, value: Value, at: int) -> None:
    """``receiver.append(value)``; in a loop that the list outlives its length is not known any more."""
    items = known_items(run, receiver)
    if items is not None and not _outlives(run, receiver) and len(items) < MAX_ITEMS:
        run.store.write((receiver.id, ITEMS), Tuple((*items, value)))
    else:
        _add_somewhere(run, receiver, value)
    run.store.write((receiver.id, LAST), value)


def insert(run: Run, receiver: Ref, index: Value, value: Value) -> None:
    """``receiver.insert(index, value)``."""
    items, position = known_items(run, receiver), constant_of(index)
    run.store.erase((receiver.id, LAST))
    if items is None or not isinstance(position, int) or _outlives(run, receiver) or len(items) >= MAX_ITEMS:
        _add_somewhere(run, receiver, value)
        return
    changed = list(items)
    changed.insert(position, value)
    run.store.write((receiver.id, ITEMS), Tuple(tuple(changed)))


def delete_item(run: Run, receiver: Ref, index: Value, at: int) -> None:
    """``del receiver[index]``."""
    one = run.heap[receiver.id]
    if one.kind == "dict" or (one.layer is not None and one.layer.container == "dict"):
        _delete_entry(run, receiver, index)
        return
    items = known_items(run, receiver)
    position = _bounds(index) if type(index) is Slice else constant_of(index)
    if items is None or not isinstance(position, slice | int) or _outlives(run, receiver):
        loosen(run, receiver, at)
        return
    changed = list(items)
    try:
        del changed[position]
    except IndexError:
        return
    run.store.write((receiver.id, ITEMS), Tuple(tuple(changed)))
    run.store.erase((receiver.id, LAST))


def _set_slice(run: Run, receiver: Ref, index: Slice, value: Value, at: int) -> None:
    items, bounds = known_items(run, receiver), _bounds(index)
    new, summary = spread(run, value, at)
    run.store.erase((receiver.id, LAST))
    plain = items is not None and new is not None and len(items) + len(new) <= MAX_ITEMS and not _outlives(run, receiver)
    if items is None or new is None or bounds is None or bounds.step is not None or not plain:
        for item in new if new is not None else [summary]:
            _add_somewhere(run, receiver, item)
        return
    changed = list(items)
    changed[bounds] = new
    run.store.write((receiver.id, ITEMS), Tuple(tuple(changed)))


def pop(run: Run, receiver: Ref, index: Value, at: int) -> Value:
    """``receiver.pop(index)``."""
    items, position = known_items(run, receiver), constant_of(index)
    if items and isinstance(position, int) and -len(items) <= position < len(items) and not _outlives(run, receiver):
        rest = list(items)
        taken = rest.pop(position)
        run.store.write((receiver.id, ITEMS), Tuple(tuple(rest)))
        run.store.erase((receiver.id, LAST))
        return taken
    taken_from = element(run, receiver, at)
    loosen(run, receiver, at)
    return taken_from


def _delete_entry(run: Run, receiver: Ref, index: Value) -> None:
    entry, keys = _entry(index), run.store.read((receiver.id, "[keys]"))
    if entry is not None and type(keys) is Tuple and not _outlives(run, receiver):
        run.store.erase((receiver.id, entry))
        run.store.write((receiver.id, "[keys]"), Tuple(tuple(key for key in keys.items if key != index)))


def loosen(run: Run, receiver: Ref, at: int) -> None:
    """From here on neither the number nor the order of the items is known."""
    items = known_items(run, receiver)
    if items:
        run.store.write((receiver.id, ANY), element(run, receiver, at))
    run.store.erase((receiver.id, LAST))


def _outlives(run: Run, receiver: Ref) -> bool:
    """Whether a container lives longer than one round of the loop that runs: what the round does to it may be done any number of times."""
    return len(run.loops) > run.heap[receiver.id].loop_depth


def _add_somewhere(run: Run, receiver: Ref, value: Value) -> None:
    before = run.store.read((receiver.id, ANY))
    run.store.write((receiver.id, ANY), value if before is None else join(before, value))


def extend(run: Run, receiver: Ref, other: Value, at: int) -> None:
    """``receiver.extend(other)``."""
    items, summary = spread(run, other, at)
    for item in items if items is not None else ():
        append(run, receiver, item, at)
    if items is None:
        _add_somewhere(run, receiver, summary)
        run.store.erase((receiver.id, LAST))


def concatenate(run: Run, left: Fact, right: Fact, at: int) -> Value | None:
    """``left + right`` of sequences or of parameters; None if neither is one."""
    if type(left) is Parameters and type(right) is Parameters:
        return Parameters(left.modules | right.modules, left.others or right.others, left.part and right.part)
    first, second = known_items(run, left), known_items(run, right)
    if first is not None and second is not None:
        if type(left) is Tuple:
            return Tuple((*first, *second))
        return make_list(run, at, [*first, *second])
    sequences = [f for f in (left, right) if type(f) is Tuple or (type(f) is Ref and run.heap[f.id].kind == "list")]
    if sequences:
        return make_list(run, at, [], join(element(run, left, at), element(run, right, at)))
    return None


__all__ = ["Bound", "attributes", "element", "get_item", "make_list", "set_item", "spread", "unpack"]
