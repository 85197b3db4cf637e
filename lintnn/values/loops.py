"""Loops and comprehensions: unrolling of short literal ones, two rounds for the others, then widening."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from lintnn.frontend import ir
from lintnn.values import assigned, containers, modules
from lintnn.values.domain import (
    FREE,
    NONE,
    Choice,
    Constant,
    Parameters,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    facts,
    guarded,
    join,
)
from lintnn.values.happenings import EventKind, Loop, Subject
from lintnn.values.run import Run, sequence
from lintnn.values.store import ABSENT, Content

MAX_UNROLLED = 4
CARRIED = modules.CARRIED


def for_loop(run: Run, node: ir.For) -> str | None:
    """``for target in iter: body``."""
    iterable = run.evaluate(node.iter)
    items = containers.known_items(run, iterable)
    if items is not None and not items:
        return run.execute(node.orelse)
    if items is not None and len(items) <= MAX_UNROLLED and all(_worth_unrolling(item) for item in items):
        return _unroll(run, node, items)
    kind = loop_kind(run, iterable)
    loader = _loader_of(run, iterable)
    if loader is not None:
        run.emit(EventKind.ITERATE, (Subject(loader),), node.iter.at)

    def start() -> str | None:
        run.bind(node.target, containers.element(run, iterable, node.iter.at), node.at)
        return None

    once = items is not None
    return _repeat(run, node.at, kind, start, node.body, node.orelse, once)


def _worth_unrolling(item: Value) -> bool:
    return type(item) in (Ref, Tuple, Constant, Parameters) and not (type(item) is Constant and isinstance(item.value, (int, float)))


def _unroll(run: Run, node: ir.For, items: tuple[Value, ...]) -> str | None:
    for item in items:
        run.bind(node.target, item, node.at)
        left = run.execute(node.body)
        if left in ("return", "raise", "exit"):
            return left
        if left == "break":
            return None
    return run.execute(node.orelse)


def loop_kind(run: Run, iterable: Value) -> str:
    """``data`` (a loader, or something unknown that gives tensors), ``epochs`` (a range), ``other``."""
    kinds: set[str] = set()
    for fact in facts(iterable):
        if type(fact) is Ref:
            one = run.heap[fact.id]
            if one.kind == "loader":
                kinds.add("data")
            elif one.kind == "iterator":
                kind = one.arguments.get("kind")
                kinds.add(str(kind.value) if type(kind) is Constant else "other")
            else:
                kinds.add("other")
        elif type(fact) is Unknown:
            kinds.add("data" if _names_data(fact.symbol) else "other")
        else:
            kinds.add("other")
    return "data" if "data" in kinds else "epochs" if "epochs" in kinds else "other"


def _names_data(symbol: str) -> bool:
    name = symbol.lower()
    return any(word in name for word in ("loader", "dataset", "batch", "iterator", "data"))


def _loader_of(run: Run, iterable: Value) -> int | None:
    for fact in facts(iterable):
        if type(fact) is Ref and run.heap[fact.id].kind == "loader":
            return fact.id
    return None


def while_loop(run: Run, node: ir.While) -> str | None:
    """``while test: body``."""
    endless = isinstance(node.test, ir.Literal) and bool(node.test.value)

    def start() -> str | None:
        run.evaluate(node.test)
        return None

    left = _repeat(run, node.at, "while", start, node.body, node.orelse, endless)
    return left


def _repeat(
    run: Run,
    at: int,
    kind: str,
    start: Callable[[], str | None],
    body: list[ir.Stmt],
    orelse: list[ir.Stmt],
    once: bool,
) -> str | None:
    changing = run.relevance.assigned(run.frame.path, at, body)
    _forget_constants(run, changing)
    before_path = run.path
    run.loops.append(at)
    mark = run.store.mark()
    exits: list[str | None] = []
    with run.collecting() as tree:
        start()
        exits.append(run.execute(body))
    first = run.store.take_back(mark)
    if exits[0] not in ("return", "raise") and _needs_second_round(run, first):
        for key, content in first.items():
            before = run.store.read(key)
            if before is not None and content is not ABSENT:
                run.store.write(key, join(before, carried(content, at)))  # type: ignore[arg-type]
        inner = run.store.mark()
        with run.collecting() as tree:
            start()
            exits.append(run.execute(body))
        first = run.store.take_back(inner)
    run.loops.pop()
    run.path = before_path
    _settle(run, first, at)
    with run.collecting() as after:
        left = run.execute(orelse) if orelse else None
    run.add(Loop(kind, sequence([]), sequence(tree), sequence(after), run.place(at), once=once))
    if once and kind == "while" and exits[-1] in ("return", "raise"):
        return exits[-1]
    return left


def _forget_constants(run: Run, changing: assigned.Assigned) -> None:
    """Numbers, texts and flags that the loop assigns differ between iterations."""
    frame = run.frame.id if run.frame.function is not None else run.frame.path
    for name in sorted(changing.names):
        value = run.store.read((frame, name))
        if type(value) is Constant and value.value is not None:
            run.store.write((frame, name), Unknown("loop-variable", run.unique(-1)))
    receiver = run.frame.receiver
    if type(receiver) is Ref:
        for name in sorted(changing.attributes):
            value = run.store.read((receiver.id, name))
            if type(value) is Constant and value.value is not None:
                run.store.write((receiver.id, name), Unknown("loop-variable", run.unique(-1)))


def _needs_second_round(run: Run, changes: dict[object, Content]) -> bool:
    for key, content in changes.items():
        before = run.store.read(key)
        if before is None or content is ABSENT or before == content:
            continue
        if any(type(fact) in (Tensor, Ref, Tuple) for fact in facts(content)):  # type: ignore[arg-type]
            return True
    return False


def carried(value: Value, at: int) -> Value:
    """The value with its tensors marked as left behind by an earlier iteration."""
    if type(value) is Tensor:
        return replace(value, symbol=f"{CARRIED}{at}") if value.attached is not False and not value.array else value
    if type(value) is Tuple:
        return Tuple(tuple(carried(item, at) for item in value.items), value.names)
    if type(value) is Choice:
        return choose([pair for fact, guard in value.alternatives for pair in guarded(carried(fact, at), guard)])
    return value


def _settle(run: Run, changes: dict[object, Content], at: int) -> None:
    """The state after the loop: what was before or what the last iteration left; what keeps changing is unknown."""
    for key, content in changes.items():
        before = run.store.read(key)
        if content is ABSENT:
            continue
        if before is None:
            run.store.write(key, content)  # type: ignore[arg-type]
            continue
        if before == content:
            continue
        if type(content) is Constant and type(before) in (Constant, Unknown):
            run.store.write(key, Unknown("loop-variable", run.unique(at)))
        else:
            run.store.write(key, join(before, content))  # type: ignore[arg-type]


def comprehension(run: Run, node: ir.Comprehension) -> Value:
    """A comprehension; its targets are bound for the time of it."""
    mark = run.store.mark()
    saved = {}
    frame = run.frame.id if run.frame.function is not None else run.frame.path
    for clause in node.clauses:
        for name in assigned.assigned_in([ir.For(node.at, clause.target, clause.iter, [], [])]).names:
            saved[(frame, name)] = run.store.read((frame, name))
    result = _clauses(run, node, 0)
    for key, value in saved.items():
        if value is None:
            run.store.erase(key)
        else:
            run.store.write(key, value)
    del mark
    return result


def _clauses(run: Run, node: ir.Comprehension, index: int) -> Value:
    if index == len(node.clauses):
        return _element(run, node)
    clause = node.clauses[index]
    iterable = run.evaluate(clause.iter)
    items = containers.known_items(run, iterable)
    if items is not None and len(node.clauses) == 1 and not clause.conditions and len(items) <= 8 and node.kind == "list":
        values = []
        for item in items:
            run.bind(clause.target, item, node.at)
            values.append(run.evaluate(node.element))
        return containers.make_list(run, node.at, values)
    one = containers.element(run, iterable, clause.iter.at)
    run.loops.append(node.at)
    run.bind(clause.target, one, node.at)
    for condition in clause.conditions:
        run.evaluate(condition)
    with run.collecting() as tree:
        inner = _clauses(run, node, index + 1)
    run.loops.pop()
    run.add(Loop("other", sequence([]), sequence(tree), sequence([]), run.place(node.at)))
    if index + 1 < len(node.clauses):
        return inner
    if type(inner) is Parameters and node.kind in ("list", "generator"):
        return Parameters(inner.modules, inner.others, inner.part, consumable=node.kind == "generator")
    return _container(run, node, inner, iterable)


def _element(run: Run, node: ir.Comprehension) -> Value:
    if node.key is not None:
        return Tuple((run.evaluate(node.key), run.evaluate(node.element)))
    return run.evaluate(node.element)


def _container(run: Run, node: ir.Comprehension, inner: Value, iterable: Value) -> Value:
    if node.kind == "dict":
        made = containers.make_dict(run, node.at)
        if type(inner) is Tuple and len(inner.items) == 2:
            containers.set_item(run, made, run.unknown("key", node.at), inner.items[1], node.at)
        return made
    if node.kind == "generator":
        return containers.make_iterator(run, node.at, "generator", inner, loop_kind(run, iterable))
    made = containers.make_list(run, node.at, [], inner)
    for fact in facts(inner):
        if type(fact) is Ref and run.heap[fact.id].loop_depth > len(run.loops):
            run.heap[fact.id].many = True
    return made


__all__ = ["FREE", "NONE", "for_loop", "while_loop"]
