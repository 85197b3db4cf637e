"""Loops and comprehensions: unrolling of short literal ones, two rounds for the others, then widening.

Where the first round is different because of a switch (``params`` is None, ``first`` is True), it is told apart from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from lintnn.frontend import ir
from lintnn.values import assigned, containers, modules
from lintnn.values.domain import (
    FREE,
    NO_ROUND,
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
from lintnn.values.happenings import EMPTY, EventKind, Loop, Subject, Tree
from lintnn.values.run import Run, sequence
from lintnn.values.store import ABSENT, Changes, Content, Key

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

    met: set[int] = set()

    def start() -> str | None:
        element = containers.element(run, iterable, node.iter.at)
        met.update(_trained_in(run, element))
        run.bind(node.target, element, node.at)
        return None

    once = items is not None
    return _repeat(run, node.at, kind, start, node.body, node.orelse, once, met)


_EACH_ONCE = frozenset({"optimizer", "scheduler", "module", "layer"})
"""Kinds of objects of which a loop over a container meets every one once."""


def _trained_in(run: Run, element: Value) -> set[int]:
    """The objects that an element of a container is, or holds as parts of a tuple, if it is nothing else."""
    if type(element) is Tuple:
        return {one for item in element.items for one in _trained_in(run, item)}
    met = {fact.id for fact in facts(element) if type(fact) is Ref and run.heap[fact.id].kind in _EACH_ONCE}
    return met if all(fact == NONE or (type(fact) is Ref and fact.id in met) for fact in facts(element)) else set()


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

    left = _repeat(run, node.at, "while", start, node.body, node.orelse, endless, set())
    return left


class _Round(Struct):
    """One run of a loop's body: its events, what it wrote, how it was left."""

    tree: Tree
    changes: Changes
    left: str | None


def _repeat(
    run: Run,
    at: int,
    kind: str,
    start: Callable[[], str | None],
    body: list[ir.Stmt],
    orelse: list[ir.Stmt],
    once: bool,
    met: set[int],
) -> str | None:
    """``met``: the objects of which the loop meets every one once; told when the body starts."""
    changing = run.relevance.assigned(run.frame.path, at, body)
    switches = _switches(run, at, body, changing)
    _forget_constants(run, changing, switches)
    before_path = run.path
    run.loops.append(at)
    run.each.append(met)
    only: Tree | None = None
    last = _round(run, start, body)
    if last.left not in ("return", "raise"):
        settled = _settled(last.changes, switches) if last.left != "break" else {}
        peeled = _peel(run, last, settled, start, body, at, once) if settled else None
        if peeled is not None:
            only, last = last.tree, peeled
        elif _needs_second_round(run, last.changes) | _forget(run, switches):
            _join_first(run, last.changes, at)
            last = _round(run, start, body)
    run.loops.pop()
    run.each.pop()
    run.path = before_path
    if only is None:
        _settle(run, last.changes, at)
    with run.collecting() as after:
        left = run.execute(orelse) if orelse else None
    run.add(Loop(kind, EMPTY, last.tree, sequence(after), run.place(at), once=once, many=not met, first=only))
    if once and kind == "while" and last.left in ("return", "raise"):
        return last.left
    return left


def _round(run: Run, start: Callable[[], str | None], body: list[ir.Stmt]) -> _Round:
    """Run the body once; its writes are taken back."""
    mark = run.store.mark()
    with run.collecting() as tree:
        start()
        left = run.execute(body)
    return _Round(sequence(tree), run.store.take_back(mark), left)


def _join_first(run: Run, changes: Changes, at: int) -> None:
    """The state before any round: as before the loop, or as the first round left it."""
    for key, content in changes.items():
        before = run.store.read(key)
        if before is not None and content is not ABSENT:
            run.store.write(key, join(before, carried(content, at)))  # type: ignore[arg-type]


def _cells(run: Run, what: assigned.Assigned) -> Iterator[Key]:
    """The cells of some names and of some attributes of ``self``."""
    frame = run.frame.id if run.frame.function is not None else run.frame.path
    yield from ((frame, name) for name in sorted(what.names))
    receiver = run.frame.receiver
    if type(receiver) is Ref:
        yield from ((receiver.id, name) for name in sorted(what.attributes))


def _switches(run: Run, at: int, body: list[ir.Stmt], changing: assigned.Assigned) -> dict[Key, Constant]:
    """The cells that are None or a flag before the loop, that a test in the loop asks for and that every round sets: what the first
    round finds in them the others do not."""
    before = {key: value for key in _cells(run, changing) if type(value := run.store.read(key)) is Constant}
    if not any(value.value is None or isinstance(value.value, bool) for value in before.values()):
        return {}
    sure = run.relevance.set_each_round(run.frame.path, at, body)
    chosen = {key: before[key] for key in _cells(run, sure.anything) if key in before and before[key].value is None}
    chosen.update({key: before[key] for key in _cells(run, sure.literals) if key in before and isinstance(before[key].value, bool)})
    return chosen


def _settled(changes: Changes, switches: dict[Key, Constant]) -> dict[Key, Value]:
    """The switches that the first round certainly turned, with what they hold then."""
    return {key: content for key, before in switches.items() if _turned(content := changes.get(key, ABSENT), before)}  # type: ignore[misc]


def _turned(content: Content, before: Constant) -> bool:
    if content is ABSENT:
        return False
    if before.value is None:
        return NONE not in facts(content)  # type: ignore[arg-type]
    return type(content) is Constant and content.value is not before.value


def _peel(
    run: Run, first: _Round, settled: dict[Key, Value], start: Callable[[], str | None], body: list[ir.Stmt], at: int, once: bool
) -> _Round | None:
    """Run the further rounds from what the first one left; None, with all as before, if they do not keep the switches as they are."""
    mark = run.store.mark()
    path = run.path
    before = {key: run.store.read(key) for key in first.changes}
    for key, content in first.changes.items():
        if content is not ABSENT:
            run.store.write(key, carried(content, at))  # type: ignore[arg-type]
    for content in settled.values():
        if type(content) is Unknown and content.symbol:
            run.assume(frozenset({(f"{content.symbol}==None", False)}))
    last = _round(run, start, body)
    run.path = path
    if any(key in last.changes and not _keeps(last.changes[key], content) for key, content in settled.items()):
        run.store.take_back(mark)
        return None
    _settle(run, last.changes, at)
    for key, value in before.items():
        now = run.store.read(key)
        if not once and value is not None and now is not None and now != value:
            run.store.write(key, _either(run, value, now, at))
    return last


def _keeps(content: Content, settled: Value) -> bool:
    if content is ABSENT:
        return False
    return content == settled if type(settled) is Constant else NONE not in facts(content)  # type: ignore[arg-type]


def _forget_constants(run: Run, changing: assigned.Assigned, switches: dict[Key, Constant]) -> None:
    """Numbers, texts and flags that the loop assigns differ between iterations."""
    _forget(run, [key for key in _cells(run, changing) if key not in switches])


def _forget(run: Run, keys: Iterable[Key]) -> bool:
    """Forget the constants other than None in some cells; whether there were any."""
    found = False
    for key in keys:
        value = run.store.read(key)
        if type(value) is Constant and value.value is not None:
            run.store.write(key, Unknown("loop-variable", run.unique(-1)))
            found = True
    return found


def _needs_second_round(run: Run, changes: Changes) -> bool:
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


def _settle(run: Run, changes: Changes, at: int) -> None:
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
        run.store.write(key, _either(run, before, content, at))  # type: ignore[arg-type]


def _either(run: Run, before: Value, after: Value, at: int) -> Value:
    """The value of a cell that a loop changed, or did not reach."""
    if type(after) is Constant and type(before) in (Constant, Unknown):
        return Unknown("loop-variable", run.unique(at))
    return join(before, after, left_guard=frozenset({(f"{NO_ROUND}{run.frame.path}:{at}", True)}))


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
    run.each.append(_trained_in(run, one))
    for condition in clause.conditions:
        run.evaluate(condition)
    with run.collecting() as tree:
        inner = _clauses(run, node, index + 1)
    run.loops.pop()
    run.add(Loop("other", EMPTY, sequence(tree), EMPTY, run.place(node.at), many=not run.each.pop()))
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
