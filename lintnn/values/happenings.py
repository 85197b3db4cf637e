"""What the interpreter emits: the tree of training events of one root.

The shape of the program is kept (sequences, branches, loops, calls), the values are gone: an event names the objects it touches.
``lintnn.events`` composes these trees into relations between protocol states.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from lintnn.findings import Place

ObjectId = int
"""Identity of an abstract object within one root: optimizer, module, scheduler, scaler, loader."""


class EventKind(StrEnum):
    FORWARD = "forward"  # subject: module; `result_used` facts live in `detail`
    BACKWARD = "backward"  # subjects: the modules that the loss depends on
    CLEAR = "clear"  # gradients of an optimizer's or module's parameters are cleared
    STEP = "step"  # optimizer step (also through a scaler)
    CLIP = "clip"  # gradients of a module are clipped (subjects: modules, or optimizers for clip through one)
    SCALE = "scale"  # scaler.scale(loss): subject scaler
    UNSCALE = "unscale"  # scaler.unscale_(optimizer): subjects scaler and optimizer
    UPDATE = "update"  # scaler.update()
    SCHEDULER_STEP = "scheduler-step"  # detail `given` if it is told an epoch or a metric
    TRAIN = "train"
    EVAL = "eval"
    ACCUMULATE = "accumulate"  # a tensor attached to the graph is added to something that outlives the iteration
    ITERATE = "iterate"  # a loader is iterated (the loop that follows)
    BUILD = "build"  # the object is constructed
    LOAD = "load"
    SAVE = "save"
    UNKNOWN = "unknown"  # an unresolved callee: may have done anything to its subjects


class Subject(Struct, frozen=True, gc=False):
    """An object an event touches. Not ``certain``: it may be another one."""

    object: ObjectId
    certain: bool = True


class Event(Struct, frozen=True, gc=False):
    """One event. ``grad`` tells whether gradients were on: True, False or None (not known). ``detail`` refines the kind:

    - STEP: ``scaled`` (through a scaler) or ``plain``; BACKWARD: ``scaled`` or ``plain`` or ``unknown``.
    - TRAIN/EVAL: ``unknown`` if the mode is a flag that is not known (then ``certain`` is False for all subjects).
    - CLEAR: ``optimizer`` or ``module`` or ``parameters``.
    """

    kind: EventKind
    subjects: tuple[Subject, ...]
    at: Place
    grad: bool | None = True
    detail: str = ""
    anything: bool = False
    """True if objects that are not listed may be touched as well (aliases that could not be told apart)."""


class Exit(StrEnum):
    """How control leaves a piece of code early."""

    BREAK = "break"
    CONTINUE = "continue"
    RETURN = "return"
    RAISE = "raise"


class Jump(Struct, frozen=True, gc=False):
    exit: Exit


class Sequence(Struct, frozen=True):
    items: tuple[Tree, ...]


class Arm(Struct, frozen=True):
    """One arm of a branch; ``value`` is the truth of the branch's condition in it (for a match: the position)."""

    value: bool | int
    body: Tree


class Branch(Struct, frozen=True):
    """``condition`` names the condition and the versions of what it reads: equal names have equal truth. None: never repeated.

    ``implicit``: a choice that is not written as a branch (an exception, an alternative of a value).
    """

    condition: str | None
    arms: tuple[Arm, ...]
    at: Place
    implicit: bool = False


class Loop(Struct, frozen=True):
    """``kind``: ``data`` (over a loader or data), ``epochs`` (over a range), ``other``, ``while``.

    ``test``: what runs before every iteration and once at the end. ``once``: it surely runs at least once (an endless loop,
    a literal non-empty range). ``many``: its body may run more than once. ``orelse`` runs when no break left it. ``first``: what runs
    in the first round instead of ``body``, where that is known to be different.
    """

    kind: str
    test: Tree
    body: Tree
    orelse: Tree
    at: Place
    once: bool = False
    many: bool = True
    first: Tree | None = None


class Call(Struct, frozen=True):
    """A call of project code: ``body`` is the callee's tree, in terms of the caller's objects. RETURN ends it here."""

    name: str
    body: Tree
    at: Place


class Protected(Struct, frozen=True):
    """``try``: handlers start from the join of all points of the body; ``final`` runs on every way out."""

    body: Tree
    handlers: tuple[Tree, ...]
    orelse: Tree
    final: Tree


Tree = Event | Jump | Sequence | Branch | Loop | Call | Protected

EMPTY = Sequence(())


def events_of(tree: Tree) -> Iterable[Event]:
    """All events of a tree."""
    return (node for node in _nodes_of(tree) if type(node) is Event)


def _nodes_of(tree: Tree) -> Iterable[object]:
    pending: list[object] = [tree]
    while pending:
        node = pending.pop()
        yield node
        if type(node) is Sequence:
            pending.extend(node.items)
        elif type(node) is Branch:
            pending.extend(arm.body for arm in node.arms)
        elif type(node) is Loop:
            pending.extend(part for part in (node.test, node.first, node.body, node.orelse) if part is not None)
        elif type(node) is Call:
            pending.append(node.body)
        elif type(node) is Protected:
            pending.extend((node.body, *node.handlers, node.orelse, node.final))


class ObjectFacts(Struct, frozen=True, gc=False):
    """What is known of an object when the root ends.

    ``kind``: ``optimizer``, ``module``, ``scaler``, ``scheduler``, ``loader``, ``criterion``, ``unknown``. ``owns``: for an optimizer,
    the modules whose
    parameters it certainly holds; ``owns_unknown``: it may hold others too. ``parts``: for a module, its submodules (all depths);
    ``parts_unknown``: it may have others. ``fresh``: constructed within this root, so its initial state is known. ``many``: the id
    stands for several objects. ``mode_dependent``: True, False or None (not known). ``label``: how the source calls it.
    """

    kind: str
    label: str
    place: Place | None = None
    owns: frozenset[ObjectId] = frozenset()
    owns_unknown: bool = True
    parts: frozenset[ObjectId] = frozenset()
    parts_unknown: bool = True
    fresh: bool = False
    many: bool = False
    mode_dependent: bool | None = None
    initial_mode: str = "unknown"
    gradients_cleared_elsewhere: bool = False
    """True if a framework or a wrapper clears, steps or switches by itself."""
    frozen: bool = False
    """True if the gradients of a module's parameters were switched off."""
    steers: frozenset[ObjectId] = frozenset()
    """For a scheduler, the optimizers that it was certainly given."""
    kept: bool = False
    """For a scheduler: something else holds it and may step it, an instance or another scheduler."""


class Trace(Struct, frozen=True):
    """All that a root did: its tree and the facts about the objects in it."""

    root: str
    path: str
    tree: Tree
    objects: dict[ObjectId, ObjectFacts]
