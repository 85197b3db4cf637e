"""The tree of events, prepared for composition: shared parts once, what each part touches, which conditions belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lintnn.findings import Place
from lintnn.values import happenings
from lintnn.values.happenings import Event, EventKind, Exit, Tree

DEEPEST = 200
"""What nests deeper than this counts as one unknown event."""

NO_EXITS: frozenset[Exit] = frozenset()


@dataclass(frozen=True, slots=True)
class Node:
    """Any part. ``touches`` has a bit for every kind of event within, ``tests`` one for every named branch within.

    ``exits`` are the jumps that leave the part.
    """

    index: int
    touches: int
    tests: int
    exits: frozenset[Exit]


@dataclass(frozen=True, slots=True)
class Leaf(Node):
    event: Event
    signature: int


@dataclass(frozen=True, slots=True)
class Leap(Node):
    exit: Exit


@dataclass(frozen=True, slots=True)
class Chain(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fork(Node):
    condition: str | None
    values: tuple[bool | int, ...]
    arms: tuple[Node, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Cycle(Node):
    kind: str
    test: Node
    first: Node
    body: Node
    orelse: Node
    at: Place
    once: bool
    many: bool


@dataclass(frozen=True, slots=True)
class Frame(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Shelter(Node):
    body: Node
    handlers: tuple[Node, ...]
    orelse: Node
    final: Node


@dataclass(frozen=True, slots=True)
class Outline:
    """A prepared tree. ``signatures`` has one sample of each kind of event; ``scopes`` maps the index of a part to the
    conditions that hold for the whole of one run of it; ``forks`` has the branches of each such condition, ``tests`` their bits."""

    root: Node
    size: int
    signatures: tuple[Event, ...]
    scopes: dict[int, tuple[str, ...]]
    forks: dict[str, tuple[Fork, ...]]
    tests: dict[str, int]


COUNTER = "%"
"""What tells the condition of a counter of iterations."""


def on_counter(fork: Fork) -> bool:
    """Whether a branch asks for every nth iteration."""
    return fork.condition is not None and COUNTER in fork.condition


def counters(prepared: Outline) -> frozenset[Place | str]:
    """The places and names of the conditions on counters."""
    forks = [node for node in walk(prepared.root) if isinstance(node, Fork) and on_counter(node)]
    return frozenset(fork.at for fork in forks) | frozenset(fork.condition for fork in forks if fork.condition is not None)


def parts(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order in which they run."""
    if isinstance(node, Chain):
        return node.items
    if isinstance(node, Fork):
        return node.arms
    if isinstance(node, Cycle):
        return (node.test, node.first, node.body, node.orelse) if node.first is not node.body else (node.test, node.body, node.orelse)
    if isinstance(node, Frame):
        return (node.body,)
    if isinstance(node, Shelter):
        return (node.body, *node.handlers, node.orelse, node.final)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, shared parts once, in order."""
    seen: set[int] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if part.index not in seen:
            seen.add(part.index)
            yield part
            pending.extend(reversed(parts(part)))


def outline(tree: Tree) -> Outline:
    """Prepare a tree; linear in its size, shared parts are prepared once."""
    return _Builder().build(tree)


class _Builder:
    def __init__(self) -> None:
        self._done: dict[int, Node] = {}
        self._nodes: list[Node] = []
        self._signatures: dict[tuple[object, ...], int] = {}
        self._samples: list[Event] = []
        self._forks: dict[str, list[Fork]] = {}
        self._scopes: list[Node] = []
        self._tests: dict[str, int] = {}
        self._forked = 0

    def build(self, tree: Tree) -> Outline:
        pending: list[tuple[Tree, int, bool]] = [(tree, 0, False)]
        while pending:
            part, depth, opened = pending.pop()
            if id(part) in self._done:
                continue
            if depth > DEEPEST:
                self._done[id(part)] = self._overflow()
            elif opened:
                self._done[id(part)] = self._close(part)
            else:
                pending.append((part, depth, True))
                pending.extend((inner, depth + 1, False) for inner in reversed(_inner(part)))
        root = self._done[id(tree)]
        self._scopes.append(root)
        forks = {condition: tuple(forks) for condition, forks in self._forks.items() if len(forks) > 1}
        tests = {condition: self._tests[condition] for condition in forks}
        return Outline(root, len(self._nodes), tuple(self._samples), self._scopes_of(tests), forks, tests)

    def _close(self, tree: Tree) -> Node:
        match tree:
            case happenings.Event():
                return self._leaf(tree)
            case happenings.Jump():
                return self._keep(Leap(len(self._nodes), 0, 0, frozenset({tree.exit}), tree.exit))
            case happenings.Sequence():
                return self._chain([self._done[id(item)] for item in tree.items])
            case happenings.Branch():
                return self._fork(tree)
            case happenings.Loop():
                return self._cycle(tree)
            case happenings.Call():
                body = self._done[id(tree.body)]
                self._scopes.append(body)
                exits = body.exits - {Exit.RETURN}
                return self._keep(Frame(len(self._nodes), body.touches, body.tests, exits, body))
            case happenings.Protected():
                return self._shelter(tree)

    def _keep(self, node: Node) -> Node:
        self._nodes.append(node)
        return node

    def _leaf(self, event: Event) -> Node:
        key = (event.kind, event.subjects, event.grad, event.detail, event.anything)
        signature = self._signatures.setdefault(key, len(self._signatures))
        if signature == len(self._samples):
            self._samples.append(event)
        return self._keep(Leaf(len(self._nodes), 1 << signature, 0, NO_EXITS, event, signature))

    def _overflow(self) -> Node:
        return self._leaf(Event(EventKind.UNKNOWN, (), Place("", -1), anything=True))

    def _chain(self, items: list[Node]) -> Node:
        telling = tuple(item for item in items if item.touches or item.exits)
        if len(telling) == 1:
            return telling[0]
        return self._keep(Chain(len(self._nodes), *_together(telling), telling))

    def _fork(self, branch: happenings.Branch) -> Node:
        arms = tuple(self._done[id(arm.body)] for arm in branch.arms)
        touches, tests, exits = _together(arms)
        values = tuple(arm.value for arm in branch.arms)
        if branch.condition is None or not (touches or exits):
            return self._keep(Fork(len(self._nodes), touches, tests, exits, None, values, arms, branch.at))
        own = 1 << self._forked
        self._forked += 1
        fork = Fork(len(self._nodes), touches, tests | own, exits, branch.condition, values, arms, branch.at)
        self._forks.setdefault(branch.condition, []).append(fork)
        self._tests[branch.condition] = self._tests.get(branch.condition, 0) | own
        return self._keep(fork)

    def _cycle(self, loop: happenings.Loop) -> Node:
        test, body, orelse = (self._done[id(part)] for part in (loop.test, loop.body, loop.orelse))
        first = body if loop.first is None else self._done[id(loop.first)]
        self._scopes.extend((body,) if first is body else (first, body))
        touches, tests, exits = _together((test, first, body))
        exits = exits - {Exit.BREAK, Exit.CONTINUE} | orelse.exits
        touches, tests = touches | orelse.touches, tests | orelse.tests
        facts = (loop.kind, test, first, body, orelse, loop.at, loop.once, loop.many)
        return self._keep(Cycle(len(self._nodes), touches, tests, exits, *facts))

    def _shelter(self, tree: happenings.Protected) -> Node:
        body, orelse, final = (self._done[id(part)] for part in (tree.body, tree.orelse, tree.final))
        handlers = tuple(self._done[id(handler)] for handler in tree.handlers)
        together = _together((body, *handlers, orelse, final))
        return self._keep(Shelter(len(self._nodes), *together, body, handlers, orelse, final))

    def _scopes_of(self, tests: dict[str, int]) -> dict[int, tuple[str, ...]]:
        """Each condition tested more than once belongs to the smallest loop body, callee or root that holds all its tests."""
        homeless = dict(tests)
        scopes: dict[int, tuple[str, ...]] = {}
        for scope in self._scopes:
            held = tuple(condition for condition, bits in homeless.items() if scope.tests & bits == bits)
            for condition in held:
                del homeless[condition]
            if held:
                scopes[scope.index] = (*scopes.get(scope.index, ()), *held)
        return scopes


def _inner(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case happenings.Sequence():
            return tree.items
        case happenings.Branch():
            return tuple(arm.body for arm in tree.arms)
        case happenings.Loop():
            return (tree.test, tree.body, tree.orelse) if tree.first is None else (tree.test, tree.first, tree.body, tree.orelse)
        case happenings.Call():
            return (tree.body,)
        case happenings.Protected():
            return (tree.body, *tree.handlers, tree.orelse, tree.final)
        case _:
            return ()


def _together(nodes: tuple[Node, ...]) -> tuple[int, int, frozenset[Exit]]:
    touches = tests = 0
    exits = NO_EXITS
    for node in nodes:
        touches |= node.touches
        tests |= node.tests
        exits |= node.exits
    return touches, tests, exits
