"""The value domain: facts about one value, alternatives of facts under guards, and their join.

A *fact* is what is known of a value on one path. A *value* is one fact, or a :class:`Choice` of at most ``MAX_ALTERNATIVES``
facts, each under a guard: literals over opaque conditions that must hold for it. ``Unknown`` is the top element; it carries why.
Trails (the places a fact came through) never take part in equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lintnn.findings import Place
from lintnn.values.happenings import ObjectId

MAX_ALTERNATIVES = 6
MAX_GUARD = 4
MAX_TRAIL = 12

Literal = tuple[str, bool]
"""A condition (its normalised text over value symbols) and the truth it must have."""

Guard = frozenset[Literal]
FREE: Guard = frozenset()


class Trail:
    """The places a fact came through, latest first. All trails are equal: they explain a fact, they are not part of it."""

    __slots__ = ("before", "label", "length", "place")

    def __init__(self, place: Place | None = None, label: str = "", before: Trail | None = None) -> None:
        self.place = place
        self.label = label
        self.before = before
        self.length: int = (before.length if before is not None else 0) + (place is not None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trail)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "…"

    def through(self, place: Place, label: str) -> Trail:
        """This trail, one step further; repeats of the last place and steps beyond ``MAX_TRAIL`` are left out."""
        if self.length >= MAX_TRAIL or self.place == place:
            return self
        return Trail(place, label, self)

    def origin(self) -> Trail | None:
        """The first step: the same object for all that came from one event."""
        first: Trail | None = None
        node: Trail | None = self
        while node is not None:
            if node.place is not None:
                first = node
            node = node.before
        return first

    def steps(self) -> list[tuple[Place, str]]:
        """The steps from first to last."""
        found: list[tuple[Place, str]] = []
        node: Trail | None = self
        while node is not None:
            if node.place is not None:
                found.append((node.place, node.label))
            node = node.before
        return found[::-1]


NO_TRAIL = Trail()


class Unknown(Struct, frozen=True, gc=False):
    """Any value. ``symbol`` names it where equal symbols mean equal values (``model``, ``self.cfg.lr``); ``cause`` says why it is
    unknown."""

    cause: str
    symbol: str = ""
    element_of: str = ""
    """The symbol of the data this is a piece of, if it came out of iterating or indexing something unknown."""


class Constant(Struct, frozen=True, gc=False):
    """A Python constant: None, bool, int, float, str, bytes."""

    value: Any


class Tensor(Struct, frozen=True, gc=False):
    """A tensor (or, with ``array``, a numpy array).

    ``after``: the last activation: ``raw`` (scores straight from a layer), a name of ``knowledge.schema.Activation``, ``derived``
    (arithmetic),
    ``data`` or ``unknown``. ``attached``: part of the autograd graph: True, False or None (not known). ``sources``: modules whose
    output it depends on through the graph. ``units``: size of the class (last) axis, if known. ``rank``: number of axes, if known.
    ``lineage``: the expressions that made it, as ``Run.origin`` numbers them, through arithmetic with constants, latest last.
    ``role``: ``data``, ``loss``, ``parameter``, ``state`` or empty. ``axis``: the axis of the last softmax, or the channel axis that
    ``units`` is about (1 after a convolution).
    """

    dtype: str | None = None
    after: str = "unknown"
    attached: bool | None = None
    sources: frozenset[ObjectId] = frozenset()
    units: int | None = None
    rank: int | None = None
    axis: int | None = None
    role: str = ""
    array: bool = False
    lineage: tuple[int, ...] = ()
    symbol: str = ""
    trail: Trail = NO_TRAIL
    shared: bool = False
    """True if it came from one call that gave several results of one graph (unused results are then no evidence)."""
    range: str = ""
    """In which range its numbers lie, as ``knowledge.ranges.Range`` names it; empty if nothing is known."""


class Parameters(Struct, frozen=True, gc=False):
    """The parameters (or one parameter) of some modules: ``model.parameters()``, a filter of it, a parameter group, a chain of those.

    ``others``: it may hold parameters of modules not listed. ``consumable``: a generator. ``part``: only some of each module's.
    """

    modules: frozenset[ObjectId]
    others: bool = False
    part: bool = False
    consumable: bool = False


class Ref(Struct, frozen=True, gc=False):
    """An object of the heap."""

    id: ObjectId


class Tuple(Struct, frozen=True, gc=False):
    """A tuple with known items; ``names`` are those of its fields if it is a named tuple."""

    items: tuple[Value, ...]
    names: tuple[str, ...] = ()


class RecordClass(Struct, frozen=True, gc=False):
    """What ``namedtuple("Name", fields)`` gives; None among ``defaults`` where a field has none."""

    fields: tuple[str, ...]
    defaults: tuple[Value | None, ...] = ()


class FunctionValue(Struct, frozen=True, gc=False):
    """A function of the project: the file it is in, its key (ordinal) there, the frame it closes over and the class it is defined in."""

    path: str
    at: int
    frame: int
    owner: str = ""
    trail: Trail = NO_TRAIL


class ClassValue(Struct, frozen=True, gc=False):
    """A class of the project: ``key`` is ``path::ordinal``."""

    path: str
    at: int
    frame: int = 0


class LibraryName(Struct, frozen=True, gc=False):
    """A name of a library: ``torch.nn.functional.softmax``. Builtins are ``builtins.len``."""

    name: str


class ModuleValue(Struct, frozen=True, gc=False):
    """A module (file) of the project."""

    path: str


class Bound(Struct, frozen=True, gc=False):
    """A method of a receiver: ``function`` is the project function, or None for a library method called ``name``."""

    receiver: Fact
    name: str
    function: FunctionValue | None = None


class Partial(Struct, frozen=True, gc=False):
    """``functools.partial``: a callee with some arguments."""

    callee: Fact
    args: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


class Super(Struct, frozen=True, gc=False):
    """``super()``: the instance and the class after which the method resolution goes on."""

    receiver: Fact
    after: str


class Context(Struct, frozen=True, gc=False):
    """A context manager of a library with an effect on gradients; ``flag`` is its argument where it has one. ``condition``: the symbol
    of what tells whether optimizers act inside of it."""

    effect: str
    flag: bool | None = None
    at: int = -1
    condition: str = ""


class Device(Struct, frozen=True, gc=False):
    """A device, by its name if known."""

    name: str | None


class Slice(Struct, frozen=True, gc=False):
    lower: Value | None
    upper: Value | None
    step: Value | None


Fact = (
    Unknown
    | Constant
    | Tensor
    | Parameters
    | Ref
    | Tuple
    | RecordClass
    | FunctionValue
    | ClassValue
    | LibraryName
    | ModuleValue
    | Bound
    | Partial
    | Super
    | Context
    | Device
    | Slice
)


class Choice(Struct, frozen=True, gc=False):
    """At least two alternatives, each a fact under a guard; in a fixed order (of creation), without equal pairs."""

    alternatives: tuple[tuple[Fact, Guard], ...]


Value = Fact | Choice

NONE = Constant(None)
TRUE = Constant(True)
FALSE = Constant(False)
NOTHING = Unknown("nothing")


def alternatives(value: Value) -> tuple[tuple[Fact, Guard], ...]:
    """The facts of a value with their guards; one free alternative for a plain fact."""
    if type(value) is Choice:
        return value.alternatives
    return ((value, FREE),)  # type: ignore[return-value]


def facts(value: Value) -> Iterator[Fact]:
    """The facts of a value, guards left out."""
    if type(value) is Choice:
        for fact, _ in value.alternatives:
            yield fact
    else:
        yield value  # type: ignore[misc]


def contradicts(left: Guard, right: Guard) -> bool:
    """Whether no run satisfies both guards."""
    if not left or not right:
        return False
    if len(left) > len(right):
        left, right = right, left
    for condition, truth in left:  # noqa: SIM110 - asked for every alternative that is read; a loop is faster than any()
        if (condition, not truth) in right:
            return True
    return False


def excludes(left: str, right: str) -> bool:
    """Whether two conditions compare the same value with different constants, so that at most one of them holds."""
    subject, _, constant = left.rpartition("==")
    return (
        bool(subject) and left != right and is_plain(constant) and right.startswith(f"{subject}==") and is_plain(right[len(subject) + 2 :])
    )


def is_plain(text: str) -> bool:
    """Whether the symbol of a value is that of a text or a whole number: different symbols of these are different values."""
    return text.isdecimal() or (len(text) > 1 and text[0] == text[-1] and text[0] in "'\"")


NO_ROUND = "no round of "
"""How the condition begins under which a value is the one from before a loop that changes it."""


def needs_empty_loop(guard: Guard) -> bool:
    """Whether the alternative only exists where a loop did not run at all."""
    return any(condition.startswith(NO_ROUND) for condition, _ in guard)


def free_choices(guard: Guard) -> int:
    """How many choices a guard stands for. All comparisons of one value with constants are one choice, and what follows from
    other literals of the guard is none."""
    chosen: set[str] = set()
    for condition, holds in guard:
        if condition.startswith("(") and _follows(condition, holds, guard):
            continue
        subject, _, constant = condition.rpartition("==")
        chosen.add(subject if subject and is_plain(constant) else condition)
    return len(chosen)


def _follows(condition: str, holds: bool, guard: Guard) -> bool:
    """Whether what a chain of conditions came to is decided by the other literals of a guard. The text of a chain lists the literals
    that all hold where a conjunction is true, or where a disjunction is false."""
    operator = " and " if " and " in condition else " or "
    literals = [(symbol, value == "True") for symbol, _, value in (part.rpartition("=") for part in condition[1:-1].split(operator))]
    if holds is (operator == " and "):
        return all(literal in guard for literal in literals)
    return any(_refuted(literal, guard) for literal in literals)


def _refuted(literal: Literal, guard: Guard) -> bool:
    condition, value = literal
    return (condition, not value) in guard or (value and any(holds and excludes(other, condition) for other, holds in guard))


def conjoin(left: Guard, right: Guard) -> Guard:
    """Both guards; cut to ``MAX_GUARD`` literals (a weaker guard is still true)."""
    if not left:
        return right
    if not right:
        return left
    both = left | right
    if len(both) > MAX_GUARD:
        return frozenset(sorted(both)[:MAX_GUARD])
    return both


def shorter(left: Fact, right: Fact) -> Fact:
    """Of two equal facts the one with the shorter trail."""
    if type(left) is Tensor and type(right) is Tensor and right.trail.length < left.trail.length:
        return right
    return left


def choose(options: Iterable[tuple[Fact, Guard]]) -> Value:
    """One value out of alternatives: equal facts are merged (their guards weakened), overflow becomes one unknown that stays."""
    merged: dict[Fact, Guard] = {}
    unhashable: list[tuple[Fact, Guard]] = []
    for fact, guard in options:
        try:
            known = merged.get(fact)
        except TypeError:
            unhashable.append((fact, guard))
            continue
        if known is None:
            merged[fact] = guard
        elif known != guard:
            merged[fact] = known & guard
    pairs = [*merged.items(), *unhashable]
    if len(pairs) == 1:
        return pairs[0][0]
    if not pairs:
        return NOTHING
    if len(pairs) > MAX_ALTERNATIVES:
        pairs = pairs[: MAX_ALTERNATIVES - 1]
        pairs.append((Unknown("too-many-alternatives"), FREE))
    return Choice(tuple(pairs))


def guarded(value: Value, guard: Guard) -> list[tuple[Fact, Guard]]:
    """The alternatives of a value under a further guard, those it contradicts left out."""
    if type(value) is Choice:
        return [(fact, conjoin(own, guard)) for fact, own in value.alternatives if not contradicts(own, guard)]
    return [(value, guard)]  # type: ignore[list-item]


def join(left: Value, right: Value, left_guard: Guard = FREE, right_guard: Guard = FREE) -> Value:
    """Either value, each under its guard."""
    if left is right or left == right:
        return left
    return choose([*guarded(left, left_guard), *guarded(right, right_guard)])


def under(value: Value, path: Guard) -> Value:
    """The value on a path: alternatives whose guard the path contradicts are impossible there."""
    if type(value) is not Choice or not path:
        return value
    kept = [(fact, guard) for fact, guard in value.alternatives if not contradicts(guard, path)]
    if len(kept) == len(value.alternatives):
        return value
    if not kept:
        return Unknown("contradiction")
    return choose(kept)


def constant_of(value: Value | None) -> Any:
    """The Python constant a value certainly is, else ``Ellipsis``."""
    return value.value if type(value) is Constant else ...


def symbol_of(value: Value) -> str:
    """A text that names the value: equal texts mean equal values. Empty if there is none."""
    kind = type(value)
    if kind is Constant:
        return repr(value.value)  # type: ignore[union-attr]
    if kind is Unknown or kind is Tensor:
        return value.symbol  # type: ignore[union-attr]
    if kind is Ref:
        return f"#{value.id}"  # type: ignore[union-attr]
    return ""


def truth(value: Value) -> bool | None:
    """Whether the value is certainly true or false as a condition; None if not known."""
    verdicts = {_truth_of_fact(fact) for fact in facts(value)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _truth_of_fact(fact: Fact) -> bool | None:
    if type(fact) is Constant:
        return bool(fact.value)
    if type(fact) is Tuple:
        return bool(fact.items)
    if type(fact) in (FunctionValue, ClassValue, RecordClass, LibraryName, ModuleValue, Bound, Partial, Parameters, Context):
        return True
    return None


def with_trail(value: Value, place: Place, label: str) -> Value:
    """The value after one more step of its trail; only tensors keep trails."""
    if type(value) is Tensor:
        return replace(value, trail=value.trail.through(place, label)) if value.after != "unknown" else value
    if type(value) is Choice and any(type(fact) is Tensor for fact in facts(value)):
        return Choice(tuple((with_trail(fact, place, label), guard) for fact, guard in value.alternatives))  # type: ignore[misc]
    return value


def reveal(value: Value, name_of: Callable[[ObjectId], str] | None = None) -> str:
    """The value as the suites write it: ``Tensor(float32, after=softmax, attached)``. ``name_of`` words objects."""
    return " | ".join(_reveal_fact(fact, name_of) for fact in facts(value))


def _reveal_fact(fact: Fact, name_of: Callable[[ObjectId], str] | None) -> str:
    if type(fact) is Tensor:
        words = [fact.dtype or "?"]
        if fact.after not in ("unknown", "data"):
            words.append(f"after={fact.after}")
        if fact.attached is not None:
            words.append("attached" if fact.attached else "detached")
        if fact.units is not None:
            words.append(f"units={fact.units}")
        return f"{'Array' if fact.array else 'Tensor'}({', '.join(words)})"
    if type(fact) is Ref and name_of is not None:
        return name_of(fact.id)
    if type(fact) is Constant:
        return f"Constant({fact.value!r})"
    if type(fact) is Tuple:
        return f"Tuple({', '.join(reveal(item, name_of) for item in fact.items)})"
    if type(fact) is LibraryName:
        return f"Library({fact.name})"
    return type(fact).__name__
