"""The state of an evaluation: store, heap, frames, path, gradient mode, the event tree under construction, records, budgets."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from lintnn.findings import Place
from lintnn.frontend import ir
from lintnn.project.symbols import SymbolTable
from lintnn.values.domain import FREE, Constant, Guard, Ref, Tensor, Unknown, Value, choose, constant_of, facts, guarded
from lintnn.values.happenings import EMPTY, Arm, Branch, Event, EventKind, Jump, ObjectId, Sequence, Subject, Tree
from lintnn.values.heap import HeapObject
from lintnn.values.records import Record, Site
from lintnn.values.relevance import Relevance
from lintnn.values.store import Changes, Store

if TYPE_CHECKING:
    from lintnn.values.classes import ClassInfo

MAX_STEPS = 16_000
"""Expressions and statements evaluated in one root."""
MAX_DEPTH = 9
"""Nested calls of project functions."""
SHALLOW_DEPTH = 3
"""The same, once a file has used up its share of steps."""
MAX_CONTEXTS = 5
"""Evaluations of one function in one root; of one that is given nothing of interest, ``MAX_PLAIN_CONTEXTS``."""
MAX_PLAIN_CONTEXTS = 2
CONTEXTS_OF_FILE = 12
"""The same over all roots of a file, and ``PLAIN_CONTEXTS_OF_FILE``."""
PLAIN_CONTEXTS_OF_FILE = 4
MAX_SYMBOL = 120
ORIGIN_BITS = 24
"""Bits of an ordinal: a file of the greatest size that is read has fewer nodes."""
DEFAULT_DTYPE = ("", "default dtype")
"""The cell that holds the dtype which new floating tensors get."""
OF_OPTIMIZERS = frozenset({EventKind.STEP, EventKind.CLEAR})
"""What a prepared optimizer leaves out while gradients are accumulated for it."""


Observer = Callable[["Run", int, Value], None]
"""Hears of values as they come to be: the run, the ordinal of the expression in the file of ``run.frame``, and the value."""


class OutOfStepsError(Exception):
    """The budget of a root is spent."""


class Frame(Struct, gc=False):
    """An activation: file, function name, the frame it closes over (0: the module), the instance and class of a method."""

    id: int
    path: str
    symbol: str
    parent: int
    owner: str = ""
    receiver: Value | None = None
    function: ir.Function | None = None
    returns: list[tuple[Value, Guard]] = []
    yields: list[Value] = []
    framework: str = ""
    role: str = ""


class Run:
    """One evaluation after another, over one project. ``begin_unit`` resets what belongs to a file."""

    def __init__(self, table: SymbolTable, relevance: Relevance) -> None:
        self.table = table
        self.relevance = relevance
        self.store = Store()
        self.heap: dict[ObjectId, HeapObject] = {}
        self.symbols: dict[str, ObjectId] = {}
        self.frames: dict[int, Frame] = {}
        self.functions: dict[tuple[str, int], ir.Function] = {}
        self.class_nodes: dict[tuple[str, int], ir.Class] = {}
        self.classes: dict[tuple[str, int], ClassInfo] = {}
        self.records: list[Record] = []
        self.seen: set[object] = set()
        self.causes: dict[str, int] = {}
        self.tested: dict[str, frozenset[int]] = {}
        """By the symbol of a condition, or of a number read out of a tensor, the expressions of the tensors that it is about."""
        self.path: Guard = FREE
        self.grad: bool | None = True
        self.autocast = False
        self.store.write(DEFAULT_DTYPE, Constant("float32"))
        self.acts_on = ""
        """The symbol of the condition on which optimizers step and clear here; empty where they always do."""
        self.loops: list[int] = []
        self.each: list[set[ObjectId]] = []
        """For every loop around here, the objects of which it meets every one once."""
        self.calls: list[Place] = []
        self.stack: list[tuple[str, int]] = []
        self.discarded = -1
        """The call whose result nobody asks for."""
        self.forward_depth = 0
        self.choices = 0
        self.steps = 0
        self.limit = MAX_STEPS
        self.depth_limit = MAX_DEPTH
        self.contexts: dict[tuple[str, int], int] = {}
        self.contexts_of_file: dict[tuple[str, int], int] = {}
        self.builtins: dict[tuple[str, str], Value] = {}
        """Names of files that mean what Python means by them."""
        self.fruitless: set[tuple[str, int]] = set()
        """Functions that gave their caller nothing when they were given nothing of interest."""
        self.frame = Frame(0, "", "", 0)
        self.origins: dict[str, int] = {}
        """Files in the order in which lineages came to name them; the file that is evaluated is the first."""
        self._events: list[list[Tree]] = [[]]
        self._next = 0
        self._base = 0
        self.muted = 0
        self.captured: set[int] = set()
        """Frames that a nested function, lambda or class closes over."""
        self.births: dict[object, tuple[int, ...]] = {}
        self.hooks: dict[int, Callable[[Value], None]] = {}
        self.entry_path: Guard = FREE
        self.members_in_progress: set[tuple[str, str]] = set()
        self.marks: dict[ObjectId, set[str]] = {}
        self.called: set[tuple[str, int]] = set()
        self.vague: set[tuple[str, int]] = set()
        """Functions that were seen to act on objects that could not be told."""
        self.observer: Observer | None = None
        self.evaluate_module: Callable[[str], None] = _unset
        self.bind_quietly: Callable[[ir.Name | ir.Attribute, Value], None] = _unset
        self.evaluate: Callable[[ir.Expr], Value] = _unset  # type: ignore[assignment]
        self.execute: Callable[[list[ir.Stmt]], str | None] = _unset
        self.bind: Callable[[ir.Expr, Value, int], None] = _unset

    def disconnect(self) -> None:
        """Let go of the interpreter: it and the run hold each other, and a run does not wait for the garbage collector."""
        self.evaluate = self.execute = self.bind = self.evaluate_module = self.bind_quietly = _unset  # type: ignore[assignment]
        self.hooks.clear()

    # --- identities -----------------------------------------------------------------------------

    def begin_unit(self, path: str) -> None:
        """Start numbering the objects of a file anew, so that numbers do not depend on what was evaluated before."""
        self.origins = {path: 0}
        self._number_from(path)

    def _number_from(self, text: str) -> None:
        self._base = zlib.crc32(os.fsencode(text)) << 24
        self._next = 0

    @contextmanager
    def numbering(self, path: str) -> Iterator[None]:
        """Number objects as those of another file for a while."""
        saved = self._base, self._next
        self._number_from("import:" + path)
        yield
        self._base, self._next = saved

    def fresh_id(self) -> int:
        """The next number for an object or frame."""
        self._next += 1
        return self._base + self._next

    def latest_id(self) -> int:
        """The number of the newest object or frame."""
        return self._base + self._next

    def note_test(self, literals: Guard, values: Iterable[Value]) -> None:
        """Keep which tensors a condition was about."""
        lineage = frozenset(part for value in values for fact in facts(value) if type(fact) is Tensor for part in fact.lineage)
        if lineage:
            for symbol, _ in literals:
                self.tested[symbol] = lineage | self.tested.get(symbol, frozenset())

    def unique(self, at: int) -> str:
        """A symbol that no other value has."""
        self._next += 1
        return f"@{at}.{self._next}"

    def allocate(self, kind: str, at: int, label: str, **facts: object) -> Ref:
        """A new object; in a loop it stands for one iteration's object."""
        one = self.fresh_id()
        self.heap[one] = HeapObject(id=one, kind=kind, place=self.place(at), label=label, loop_depth=len(self.loops), **facts)  # type: ignore[arg-type]
        return Ref(one)

    def object_of_symbol(self, symbol: str) -> ObjectId:
        """The symbolic object that an access path names."""
        one = self.symbols.get(symbol)
        if one is None and symbol[:1] == "#" and symbol[1:].isdecimal() and int(symbol[1:]) in self.heap:
            return int(symbol[1:])
        if one is None:
            one = self.fresh_id()
            self.symbols[symbol] = one
            self.heap[one] = HeapObject(id=one, kind="symbol", place=Place("", -1), label=_label_of(symbol), fresh=False, symbol=symbol)
        return one

    def evidence(self, one: ObjectId, kind: str) -> None:
        """Remember what a symbolic object is used as: ``module``, ``optimizer``, ``stepped``, ``clearable``, ``scheduler``, ``scaler``."""
        self.marks.setdefault(one, set()).add(kind)

    def heap_evidence(self, one: ObjectId) -> set[str]:
        """What a symbolic object was used as so far."""
        return self.marks.get(one, set())

    def used_as(self, symbol: str) -> set[str]:
        """What the object of an access path was used as so far."""
        one = self.symbols.get(symbol)
        return set() if one is None else self.heap_evidence(one)

    def is_module_symbol(self, one: ObjectId) -> bool:
        """Whether a symbolic object was used as a module so far."""
        return "module" in self.heap_evidence(one)

    def admits(self, function: tuple[str, int], shown: bool) -> bool:
        """Whether a function may be evaluated in one more context; counts it. ``shown``: it is given something of interest."""
        here, in_file = self.contexts.get(function, 0), self.contexts_of_file.get(function, 0)
        if here >= (MAX_CONTEXTS if shown else MAX_PLAIN_CONTEXTS) or in_file >= (CONTEXTS_OF_FILE if shown else PLAIN_CONTEXTS_OF_FILE):
            return False
        self.contexts[function], self.contexts_of_file[function] = here + 1, in_file + 1
        return True

    # --- places and sites -----------------------------------------------------------------------

    def place(self, at: int) -> Place:
        """A place in the file of the current frame."""
        return Place(self.frame.path, at)

    def origin(self, at: int) -> int:
        """A place in the file of the current frame as lineages name it."""
        return self.origin_of(self.frame.path, at)

    def origin_of(self, path: str, at: int) -> int:
        """A place as lineages name it: two places of different files are never the same number."""
        return at + (self.origins.setdefault(path, len(self.origins)) << ORIGIN_BITS)

    def site(self, at: int) -> Site:
        """The circumstances of something at ``at``."""
        frame = self.frame
        return Site(
            place=Place(frame.path, at),
            symbol=frame.symbol,
            path=self.path,
            loops=tuple(self.loops),
            grad=self.grad,
            in_forward=self.forward_depth > 0,
            choices=self.choices,
            framework=frame.framework,
            role=frame.role,
            calls=tuple(self.calls),
            autocast=self.autocast,
        )

    def record(self, record: Record) -> None:
        """Note something for the rules; equal notes once."""
        if self.muted:
            return
        try:
            if record in self.seen:
                return
            self.seen.add(record)
        except TypeError:
            pass
        self.records.append(record)

    def unknown(self, cause: str, at: int, symbol: str = "") -> Unknown:
        """A value nothing is known of; counts its cause for the ledger."""
        self.causes[cause] = self.causes.get(cause, 0) + 1
        if not symbol or len(symbol) > MAX_SYMBOL:
            symbol = self.unique(at)
        return Unknown(cause, symbol)

    def default_dtype(self) -> str | None:
        """The dtype of new floating tensors here; None if it is not known."""
        dtype = constant_of(self.store.read(DEFAULT_DTYPE))
        return dtype if isinstance(dtype, str) else None

    def observe(self, at: int, value: Value) -> None:
        """Tell the observer, if there is one, what an assignment target, expression statement or returned expression evaluates to."""
        if self.observer is not None:
            self.observer(self, at, value)

    # --- events ---------------------------------------------------------------------------------

    def emit(self, kind: EventKind, subjects: tuple[Subject, ...], at: int, detail: str = "", anything: bool = False) -> None:
        """Add an event at the current point."""
        if anything:
            self.vague.update(self.stack)
        event = Event(kind, subjects, self.place(at), self.grad, detail, anything)
        if self.acts_on and kind in OF_OPTIMIZERS and (self.acts_on, True) not in self.path:
            self._events[-1].append(Branch(self.acts_on, (Arm(True, event), Arm(False, EMPTY)), self.place(at), True))
        else:
            self._events[-1].append(event)

    def add(self, tree: Tree) -> None:
        """Add a piece of the event tree at the current point."""
        if tree is not EMPTY and not (type(tree) is Sequence and not tree.items):
            self._events[-1].append(tree)

    def jump(self, jump: Jump) -> None:
        """Add an early exit."""
        self._events[-1].append(jump)

    @contextmanager
    def collecting(self) -> Iterator[list[Tree]]:
        """Collect the events of a piece of code instead of adding them."""
        collected: list[Tree] = []
        self._events.append(collected)
        try:
            yield collected
        finally:
            self._events.pop()

    def event_depth(self) -> int:
        """How many pieces of code are being collected."""
        return len(self._events)

    def event_count(self) -> int:
        """How many pieces stand in the tree that is being built."""
        return len(self._events[-1])

    def events_since(self, count: int) -> list[Tree]:
        """The pieces of the tree that is being built, from a position on."""
        return self._events[-1][count:]

    def cut_events(self, depth: int) -> None:
        """Forget the pieces that were begun and not ended beyond ``depth``."""
        del self._events[depth:]

    def reset_events(self) -> None:
        """Forget half-built trees."""
        self._events = [[]]

    # --- forks ----------------------------------------------------------------------------------

    def fork(
        self, arms: list[tuple[Guard, bool | int, Callable[[], str | None]]], condition: str | None, at: int, implicit: bool = False
    ) -> str | None:
        """Run alternatives from the same state, each under further literals, and continue from their join.

        Each arm returns None, or how it left the code (``return``, ``break``, ``continue``, ``raise``). Returns None if any arm goes
        on, else ``exit``.
        Afterwards the path holds what all arms that go on have in common.
        """
        before = self.path
        latest = self.latest_id()
        alive: list[tuple[Changes, Guard]] = []
        left: list[tuple[Changes, Guard, str]] = []
        trees: list[Arm] = []
        for literals, value, action in arms:
            mark = self.store.mark()
            self.path = before | literals
            collected: list[Tree] = []
            self._events.append(collected)
            exit_ = action()
            self._events.pop()
            after = self.path
            changes = self.store.take_back(mark)
            trees.append(Arm(value, sequence(collected)))
            if exit_ is None:
                alive.append((changes, after - before))
            else:
                left.append((changes, literals, exit_))
        self.path = before
        if any(arm.body is not EMPTY for arm in trees):
            self._events[-1].append(Branch(condition, tuple(trees), self.place(at), implicit))
        if not alive:
            self._keep_writes(left)
            return left[0][2] if len({exit_ for _, _, exit_ in left}) == 1 else "exit"
        self.store.merge(alive, lambda key: self.is_newer(key, latest))
        if len(alive) == 1:
            self.path = before | alive[0][1]
        self._keep_writes([arm for arm in left if arm[2] != "raise"])
        return None

    def is_newer(self, key: object, latest: int) -> bool:
        """Whether a cell is one of an object or frame that was made after ``latest``."""
        return isinstance(key, tuple) and isinstance(key[0], int) and latest < key[0] <= self._base + self._next

    def _keep_writes(self, arms: list[tuple[Changes, Guard, str]]) -> None:
        """What a piece of code wrote to objects before it left early stays possible."""
        for changes, guard, _ in arms:
            for key, content in changes.items():
                if isinstance(key, tuple) and key[0] in self.heap and isinstance(content, Struct):
                    present = self.store.read(key)
                    options = guarded(content, guard)
                    if present is not None:
                        options = [*guarded(present, FREE), *options]
                    self.store.write(key, choose(options))

    def assume(self, literals: Guard) -> None:
        """Add literals to the path."""
        self.path = self.path | literals


def _label_of(symbol: str) -> str:
    """How the source calls what a symbol names."""
    label = symbol.rpartition(":")[2]
    return f"self{label[label.index('.') :]}" if label.startswith("#") and "." in label else label


def _unset(*_: object) -> None:
    raise RuntimeError("the interpreter is not connected to this run")


def sequence(items: list[Tree]) -> Tree:
    """A tree out of a list: nothing, the one item, or a sequence."""
    if not items:
        return EMPTY
    return items[0] if len(items) == 1 else Sequence(tuple(items))
