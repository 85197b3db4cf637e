"""The unknown ledger: of how many places that matter the interpreter knows what rules need, and why of the others it does not.

A *sink* is a place at which rules decide: the input of a loss, a step in a loop, a forward pass of an evaluation. It counts as known if the
evaluation of some file knew the fact there; of the others the cause in the deepest chain of calls is told, because it had the best chance.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from lintnn.engine import MAX_BYTES, RECURSION, Session
from lintnn.events import LoopRole
from lintnn.events.loops import LoopBook
from lintnn.events.outline import outline
from lintnn.events.world import Touch, World
from lintnn.findings import Place
from lintnn.frontend.lower import lower_file
from lintnn.frontend.positions import spans
from lintnn.project.files import Files, may_matter
from lintnn.values.domain import Fact, Tensor, Unknown, facts
from lintnn.values.happenings import Branch, Call, Event, EventKind, Loop, ObjectFacts, Protected, Subject, Trace, Tree
from lintnn.values.happenings import Sequence as Steps
from lintnn.values.records import LossCall
from lintnn.values.roots import Unit
from lintnn.values.run import Run

KNOWN = ""
"""The cause of a sink of which the fact is known."""
LOSS_WORDS = ("criterion", "loss")
"""What is called by such a name, and is known by its name only, is counted as a loss that is not known."""
MAKER_WORDS = ("get_", "make_", "build_", "create_", "set_")
"""Names that begin so are those of functions that give a loss, not of losses."""
MODULE_WORDS = ("model", "net")
"""What is called by such a name is counted as a module, whatever else is known of it."""
MODES = frozenset({EventKind.TRAIN, EventKind.EVAL})


class Kind(StrEnum):
    LOSS = "loss inputs"
    STEP = "steps in loops"
    EVALUATION = "evaluation forwards"


class Sink(Struct, frozen=True):
    """One view of a place that matters: ``cause`` is why its fact is not known (or ``KNOWN``), ``depth`` how many calls led there."""

    kind: Kind
    place: Place
    cause: str
    depth: int


class Ledger:
    """What many files gave together."""

    def __init__(self) -> None:
        self.files = 0
        self.failed: list[str] = []
        self.spent = 0
        self.causes: Counter[str] = Counter()
        self._sinks: dict[tuple[Kind, Place], Sink] = {}

    def add(self, unit: Unit, run: Run) -> None:
        """Enter the evaluation of one file."""
        self.files += 1
        self.spent += unit.spent
        self.causes.update(unit.causes)
        for sink in sinks_of(unit, run):
            known = self._sinks.get((sink.kind, sink.place))
            if known is None or _rank(sink) < _rank(known):
                self._sinks[(sink.kind, sink.place)] = sink

    def sinks(self, kind: Kind) -> list[Sink]:
        """The sinks of a kind, in the order of their places."""
        return [sink for (of, _), sink in sorted(self._sinks.items()) if of is kind]

    def why(self, kind: Kind) -> Counter[str]:
        """The causes of the sinks of a kind that are not known."""
        return Counter(sink.cause for sink in self.sinks(kind) if sink.cause != KNOWN)


def _rank(sink: Sink) -> tuple[bool, int, str]:
    return sink.cause != KNOWN, -sink.depth, sink.cause


def survey(root: Path, paths: Sequence[str]) -> Ledger:
    """Evaluate the files (relative to the root) that can matter."""
    session = Session(root, frozenset(), checks=[])
    ledger = Ledger()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        for path in paths:
            data = session.files.data(path)
            if data is None or len(data) > MAX_BYTES or not may_matter(data):
                continue
            try:
                ledger.add(session.evaluator.unit(path), session.evaluator.run)
            except Exception as error:  # one file must not end the survey
                ledger.failed.append(f"{path}: {type(error).__name__}: {error}")
    finally:
        sys.setrecursionlimit(limit)
    return ledger


def sinks_of(unit: Unit, run: Run) -> Iterator[Sink]:
    """Every view of a sink that the evaluation of a file gave."""
    for record in unit.records:
        if type(record) is LossCall:
            yield Sink(Kind.LOSS, record.site.place, _prediction(record, run), len(record.site.calls))
    for trace in unit.traces:
        yield from _of_trace(trace)


# --- loss inputs ---------------------------------------------------------------------------------------


def _prediction(call: LossCall, run: Run) -> str:
    """Why nothing is known of what a loss gets: known is a tensor of which the last activation is known, on one path at least."""
    value = call.arguments.get(call.loss.prediction)
    if value is None:
        return "argument-not-found"
    causes = [_of_prediction(fact, run) for fact in facts(value)]
    return KNOWN if KNOWN in causes else causes[0]


def _of_prediction(fact: Fact, run: Run) -> str:
    if type(fact) is Unknown:
        return "data" if fact.element_of else fact.cause
    if type(fact) is not Tensor:
        return "not-a-tensor"
    if fact.after != "unknown":
        return KNOWN
    if fact.role != "opaque":
        return {"argument": "parameter", "data": "data"}.get(fact.role, "tensor-of-unknown-making")
    kinds = {run.heap[one].kind for one in fact.sources if one in run.heap}
    return "module-known-by-path" if "symbol" in kinds else "module-without-known-code"


# --- steps and evaluations -----------------------------------------------------------------------------


class _Passage(Struct):
    """An event of a trace in the order of the program, the calls around it, and whether a loop is."""

    event: Event
    depth: int
    in_loop: bool


def _passages(tree: Tree) -> Iterator[_Passage]:
    pending: list[tuple[Tree, int, bool]] = [(tree, 0, False)]
    while pending:
        node, depth, in_loop = pending.pop()
        inner: tuple[Tree, ...] = ()
        if type(node) is Event:
            yield _Passage(node, depth, in_loop)
        elif type(node) is Steps:
            inner = node.items
        elif type(node) is Branch:
            inner = tuple(arm.body for arm in node.arms)
        elif type(node) is Loop:
            inner, in_loop = (node.test, node.body, node.orelse), True
        elif type(node) is Call:
            inner, depth = (node.body,), depth + 1
        elif type(node) is Protected:
            inner = (node.body, *node.handlers, node.orelse, node.final)
        pending.extend((part, depth, in_loop) for part in reversed(inner))


def _of_trace(trace: Trace) -> Iterator[Sink]:
    world = World(trace.objects)
    book = LoopBook(outline(trace.tree), world)
    switches: list[Event] = []
    for passage in _passages(trace.tree):
        event = passage.event
        if event.kind in MODES:
            switches.append(event)
        elif event.kind is EventKind.STEP and passage.in_loop and not _is_schedule(event, world):
            yield Sink(Kind.STEP, event.at, _optimizer(event, world), passage.depth)
        elif event.kind is EventKind.UNKNOWN and passage.in_loop and event.detail.startswith("step"):
            yield Sink(Kind.STEP, event.at, "step-of-unknown", passage.depth)
        elif event.kind is EventKind.FORWARD and event.subjects:
            subject = event.subjects[0]
            one = world.facts(subject.object)
            loop = book.around(event)
            if _is_loss(one):
                yield Sink(Kind.LOSS, event.at, "loss-known-by-name", passage.depth)
            elif _is_module(one) and (event.grad is False if loop is None else loop.role is LoopRole.EVALUATION):
                yield Sink(Kind.EVALUATION, event.at, _mode(subject, switches, world), passage.depth)


def _name(one: ObjectFacts) -> str:
    return one.label.rpartition(".")[2].lower()


def _is_loss(one: ObjectFacts) -> bool:
    name = _name(one)
    return not one.fresh and not name.startswith(MAKER_WORDS) and any(word in name for word in LOSS_WORDS)


def _is_module(one: ObjectFacts) -> bool:
    return one.kind == "module" or any(word in _name(one) for word in MODULE_WORDS)


def _is_schedule(event: Event, world: World) -> bool:
    return any(
        world.facts(subject.object).kind == "scheduler" or "sched" in _name(world.facts(subject.object)) for subject in event.subjects
    )


def _optimizer(event: Event, world: World) -> str:
    """Why it is not known which optimizer steps: known is one that was built in sight."""
    causes = [_of_optimizer(subject, world.facts(subject.object)) for subject in event.subjects]
    return KNOWN if KNOWN in causes else next((cause for cause in causes if cause != "not-an-optimizer"), "no-optimizer-found")


def _of_optimizer(subject: Subject, one: ObjectFacts) -> str:
    if one.kind not in ("optimizer", "unknown"):
        return "not-an-optimizer"
    if not subject.certain:
        return "one-of-several"
    return KNOWN if one.fresh and one.kind == "optimizer" else "optimizer-known-by-path"


def _mode(subject: Subject, switches: list[Event], world: World) -> str:
    """Why the mode of an evaluated module is not known: known is one that was built, loaded or switched in sight."""
    one = world.facts(subject.object)
    if not subject.certain:
        return "one-of-several"
    touching = [event for event in switches if world.touch(event, subject.object) is not Touch.NO]
    if one.initial_mode != "unknown" or any(_switches(event, subject, world) for event in touching):
        return KNOWN
    if touching:
        return "mode-set-by-flag-or-alias"
    return "base-class-not-known" if one.fresh else "module-known-by-path"


def _switches(event: Event, subject: Subject, world: World) -> bool:
    return event.detail != "unknown" and world.touch(event, subject.object) is Touch.SURE


# --- the table -----------------------------------------------------------------------------------------


def table(ledger: Ledger, top: int = 8) -> Iterator[str]:
    """The lines of the report: shares by kind with their causes, then the causes of unknown values of all kinds."""
    yield f"{ledger.files} files evaluated; {ledger.spent} roots ran out of steps; {len(ledger.failed)} files failed"
    yield from (f"  {failure}" for failure in ledger.failed)
    for kind in Kind:
        every = ledger.sinks(kind)
        known = sum(sink.cause == KNOWN for sink in every)
        share = f"{known / len(every):4.0%}" if every else "   –"
        yield ""
        yield f"{kind:<20} {known:>6} of {len(every):>6} known  {share}"
        yield from _counts(ledger.why(kind), top)
    yield ""
    yield f"{'unknown values':<20} {ledger.causes.total():>6} made"
    yield from _counts(ledger.causes, top)


def unknown_places(ledger: Ledger, root: Path) -> Iterator[str]:
    """One line for every sink that is not known, in the order of files and lines."""
    sinks: dict[str, list[Sink]] = {}
    for kind in Kind:
        for sink in ledger.sinks(kind):
            if sink.cause != KNOWN:
                sinks.setdefault(sink.place.path, []).append(sink)
    files = Files(root, lower_file)
    for path, there in sorted(sinks.items()):
        ranges = spans(files.data(path) or b"", path, path, {sink.place.at for sink in there})
        for sink in sorted(there, key=lambda one: (one.place, one.kind)):
            if sink.place.at in ranges:
                yield f"{path}:{ranges[sink.place.at].row}: {sink.kind}: {sink.cause}"


def _counts(causes: Counter[str], top: int) -> Iterator[str]:
    ordered = sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))
    yield from (f"  {number:>6}  {cause}" for cause, number in ordered[:top])
    rest = sum(number for _, number in ordered[top:])
    if rest:
        yield f"  {rest:>6}  of {len(ordered) - top} other causes"
