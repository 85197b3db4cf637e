"""Where schedulers step: before their optimizer, once a batch, once an epoch, never."""

from __future__ import annotations

from collections.abc import Iterator

from lintnn.events.outline import Chain, Cycle, Fork, Frame, Leaf, Node, Outline, Shelter, on_counter, parts, walk
from lintnn.events.violation import Step, Violation
from lintnn.events.world import Touch, World
from lintnn.values.happenings import Event, EventKind, ObjectId

BEFORE_OPTIMIZER = "scheduler-before-optimizer"
NEVER_STEPPED = "scheduler-never-stepped"
WRONG_OPTIMIZER = "scheduler-of-another-optimizer"
PER_BATCH = "scheduler-stepped-per-batch"
PER_EPOCH = "scheduler-stepped-per-epoch"


def schedule_violations(prepared: Outline, world: World) -> Iterator[Violation]:
    """What is to be said about the schedulers of a root, by scheduler."""
    schedulers = world.of_kind("scheduler")
    if not schedulers:
        return
    optimizers = world.of_kind("optimizer")
    for slot in schedulers:
        view = _View(prepared, world, slot, optimizers)
        if view.optimizer is None:
            continue
        if not view.steps:
            yield from _never(view)
        else:
            yield from _before(view)
            yield from _of_another(view)
            yield from _too_often(view)
            yield from _too_seldom(view)


class _View:
    """An outline as one scheduler sees it: masks over the signatures."""

    def __init__(self, prepared: Outline, world: World, slot: ObjectId, optimizers: list[ObjectId]) -> None:
        self.root = prepared.root
        self.world = world
        self.slot = slot
        self.facts = world.facts(slot)
        given = [one for one in self.facts.steers if one in optimizers]
        presumed = not self.facts.steers and not self.facts.fresh and len(optimizers) == 1
        self.optimizer = given[0] if given else optimizers[0] if presumed else None
        self.steps = self.perhaps = self.optimizes = self.perhaps_optimizes = self.others = self.unknown = self.unknown_optimizer = 0
        for index, event in enumerate(prepared.signatures):
            self._read(1 << index, event, optimizers)
        self.perhaps |= self.steps
        self.perhaps_optimizes |= self.optimizes

    def _read(self, bit: int, event: Event, optimizers: list[ObjectId]) -> None:
        if event.kind is EventKind.SCHEDULER_STEP:
            own = [subject for subject in event.subjects if subject.object == self.slot]
            if any(subject.certain for subject in own):
                self.steps |= bit
            elif own or not event.subjects:
                self.perhaps |= bit
        elif event.kind is EventKind.UNKNOWN:
            if any(subject.object == self.slot for subject in event.subjects):
                self.unknown |= bit
            elif event.anything or any(subject.object == self.optimizer for subject in event.subjects):
                self.unknown_optimizer |= bit
        elif event.kind is EventKind.STEP and self.optimizer is not None:
            touched = self.world.touch(event, self.optimizer)
            if touched is Touch.SURE:
                self.optimizes |= bit
            elif touched is Touch.MAYBE:
                self.perhaps_optimizes |= bit
            elif any(self.world.touch(event, other) is Touch.SURE for other in optimizers):
                self.others |= bit

    def violation(self, rule: str, told: list[Leaf], primary: Leaf) -> Violation:
        """What these events tell."""
        return Violation(
            machine=rule,
            slot=self.slot,
            label=self.facts.label,
            steps=tuple(Step(leaf.event, leaf.event.kind.value) for leaf in told),
            choices=1 if self.facts.many else 0,
            primary=primary.event.at,
            related=tuple(leaf.event.at for leaf in told if leaf is not primary),
        )


def _never(view: _View) -> Iterator[Violation]:
    """Its optimizer steps in a loop, and nothing can step the scheduler that was built here."""
    facts = view.facts
    if not facts.fresh or facts.kept or facts.many or view.root.touches & (view.perhaps | view.unknown):
        return
    built = next((leaf for leaf in _leaves(view.root) if _builds(leaf, view.slot)), None)
    step = _looped(view, view.optimizes)
    if built is not None and step is not None:
        yield view.violation(NEVER_STEPPED, [built, step], built)


def _of_another(view: _View) -> Iterator[Violation]:
    """Its optimizer never steps; another one does."""
    optimizer = view.optimizer
    if optimizer is None or not view.facts.steers or not view.world.facts(optimizer).fresh or view.world.facts(optimizer).many:
        return
    if view.root.touches & (view.perhaps_optimizes | view.unknown_optimizer) or not view.root.touches & view.others:
        return
    for loop in _loops(view.root):
        scheduled, stepped = _first(loop, view.steps), _first(loop, view.others)
        if scheduled is not None and stepped is not None:
            yield view.violation(WRONG_OPTIMIZER, [stepped, scheduled], scheduled)
            return


def _before(view: _View) -> Iterator[Violation]:
    """In the first round of the loop around both, the scheduler steps before its optimizer ever has."""
    found = _early(view, view.root, ())
    if found is not None:
        yield view.violation(BEFORE_OPTIMIZER, list(found), found[0])


def _early(view: _View, root: Node, outside: tuple[Cycle, ...]) -> tuple[Leaf, Leaf] | None:
    """The first step of the scheduler and that of the optimizer after it, if they come in this order."""
    early: Leaf | None = None
    around: tuple[Cycle, ...] = ()
    optimized = view.perhaps_optimizes | view.unknown_optimizer
    for part, loops in _first_pass(root, outside):
        if early is None:
            if isinstance(part, Leaf) and part.touches & view.steps and not part.event.detail:
                early, around = part, loops
            elif isinstance(part, Fork) and on_counter(part) and part.touches & view.steps and part.touches & view.optimizes:
                arm = next(arm for arm in part.arms if arm.touches & view.steps)
                return _early(view, arm, loops)
            elif part.touches & (optimized | view.perhaps | view.unknown):
                return None
        elif part.touches & view.optimizes:
            step = _first(part, view.optimizes)
            return (early, step) if step is not None and _repeats(view, around, loops) else None
        elif part.touches & (view.unknown | optimized):
            return None
    return None


def _repeats(view: _View, around: tuple[Cycle, ...], loops: tuple[Cycle, ...]) -> bool:
    """Whether the two steps belong to one round; a scheduler that is handed in and steps once before a loop over data is stepped so
    in every call."""
    if around:
        return loops[: len(around)] == around
    return bool(loops) and not view.facts.fresh and loops[0].kind == "data"


def _too_often(view: _View) -> Iterator[Violation]:
    """The scheduler and its optimizer step in every round of one loop over data."""
    for loop in _loops(view.root):
        if loop.kind != "data":
            continue
        always = [node for node in _always(loop.body) if isinstance(node, Leaf)]
        scheduled = next((leaf for leaf in always if leaf.touches & view.steps), None)
        if scheduled is None:
            continue
        inner = any(isinstance(node, Cycle) and node.touches & view.optimizes for node in walk(loop.body))
        step = _first(loop.body, view.optimizes)
        if step is not None and not inner:
            yield view.violation(PER_BATCH, [step, scheduled], scheduled)
            return


def _too_seldom(view: _View) -> Iterator[Violation]:
    """The scheduler steps in a round of a loop whose inner loop steps the optimizer, and only there."""
    for outer in _loops(view.root):
        nodes = list(_always(outer.body))
        scheduled = next((node for node in nodes if isinstance(node, Leaf) and node.touches & view.steps), None)
        inner = [node for node in nodes if isinstance(node, Cycle) and node.touches & view.optimizes]
        if scheduled is None or len(inner) != 1 or inner[0].kind != "data" or inner[0].touches & (view.perhaps | view.unknown):
            continue
        step = _first(inner[0], view.optimizes)
        if step is not None:
            yield view.violation(PER_EPOCH, [step, scheduled], scheduled)
            return


def _first_pass(node: Node, loops: tuple[Cycle, ...]) -> Iterator[tuple[Node, tuple[Cycle, ...]]]:
    """What happens if every loop has a round, in order, with the loops around; a branch counts as one part."""
    pending: list[tuple[Node, tuple[Cycle, ...]]] = [(node, loops)]
    while pending:
        part, around = pending.pop()
        if isinstance(part, Leaf | Fork):
            yield part, around
        elif isinstance(part, Chain | Frame):
            pending.extend((item, around) for item in reversed(parts(part)))
        elif isinstance(part, Cycle):
            pending.extend(((part.first, (*around, part)), (part.test, around)))
        elif isinstance(part, Shelter):
            pending.extend((item, around) for item in (part.final, part.orelse, part.body))


def _always(node: Node) -> Iterator[Node]:
    """The events and loops that run whenever ``node`` runs, in order. A choice between schedulers counts as a step of each."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, Leaf | Cycle):
            yield part
        elif isinstance(part, Chain | Frame) or (isinstance(part, Fork) and _is_step(part)):
            pending.extend(reversed(parts(part)))
        elif isinstance(part, Shelter):
            pending.extend((part.final, part.body))


def _leaves(node: Node) -> Iterator[Leaf]:
    return (part for part in walk(node) if isinstance(part, Leaf))


def _loops(node: Node) -> Iterator[Cycle]:
    return (part for part in walk(node) if isinstance(part, Cycle))


def _first(node: Node, mask: int) -> Leaf | None:
    return next((leaf for leaf in _leaves(node) if leaf.touches & mask), None)


def _looped(view: _View, mask: int) -> Leaf | None:
    return next((leaf for loop in _loops(view.root) if (leaf := _first(loop, mask)) is not None), None)


def _builds(leaf: Leaf, slot: ObjectId) -> bool:
    return leaf.event.kind is EventKind.BUILD and any(subject.object == slot for subject in leaf.event.subjects)


def _is_step(node: Node) -> bool:
    if isinstance(node, Fork):
        return all(_is_step(arm) for arm in node.arms)
    return isinstance(node, Leaf) and node.event.kind is EventKind.SCHEDULER_STEP
