"""Running every machine over every object of a trace, and telling what was found."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from lintnn.events.compose import Composer, Move, Moves
from lintnn.events.cycles import loop_violations
from lintnn.events.evaluation import mark_evaluation
from lintnn.events.loops import LoopBook
from lintnn.events.machine import Machine
from lintnn.events.machines import MACHINES
from lintnn.events.outline import Outline, counters, outline
from lintnn.events.relation import Choice, Cost, Passage, Trail, Way, marks
from lintnn.events.schedules import schedule_violations
from lintnn.events.violation import Step, Violation, distinct
from lintnn.events.world import World, symbol_of
from lintnn.values.happenings import Event, EventKind, ObjectId, Trace

MOST_TOLD = 32
"""At most this many reports of one machine and object are told, the plainest ones."""

ESSENTIAL = frozenset({EventKind.BACKWARD, EventKind.STEP, EventKind.FORWARD})
"""No protocol can be broken without one of these."""


def violations(trace: Trace) -> list[Violation]:
    """Every broken protocol of a root, in a fixed order."""
    prepared = outline(mark_evaluation(trace.tree))
    if not any(event.kind in ESSENTIAL for event in prepared.signatures):
        return []
    world = World(trace.objects)
    found = [one for machine in MACHINES for one in _of_machine(machine, prepared, world)]
    found.extend(loop_violations(prepared, world))
    found.extend(schedule_violations(prepared, world))
    return _with_loops(found, prepared, world) if found else []


def _with_loops(found: list[Violation], prepared: Outline, world: World) -> list[Violation]:
    book = LoopBook(prepared, world)
    located = []
    for one in found:
        event = next(step.event for step in one.steps if step.event.at == one.primary)
        located.append(replace(one, loop=book.around(event)))
    return located


def _of_machine(machine: Machine, prepared: Outline, world: World) -> list[Violation]:
    found = [one for slot in world.of_kind(machine.slot) for one in _of_slot(machine, slot, prepared, world)]
    covered = {part for one in found for part in world.facts(one.slot).parts}
    return [one for one in found if one.slot not in covered]


def _of_slot(machine: Machine, slot: ObjectId, prepared: Outline, world: World) -> Iterator[Violation]:
    symbols = [symbol_of(event, world.touch(event, slot), machine.details) for event in prepared.signatures]
    present = {symbol for symbol in symbols if symbol is not None}
    if not machine.needs <= present or present.isdisjoint(machine.last_symbols()):
        return
    states = machine.states()
    start = machine.starts.get(_initial_mode(slot, world), machine.starts["any"])
    row = Composer(prepared, _moves(machine, states, start, symbols)).row(prepared.root, states.index(start))
    many = 1 if world.facts(slot).many else 0
    reports = sorted((cost[0], cost[1], index, state) for (way, state, index), cost in row.items() if way == Way.REPORT)
    told = []
    for _, _, index, state in reports[:MOST_TOLD]:
        cost = row[(Way.REPORT, state, index)]
        if _counted_twice(cost[2], prepared):
            continue
        one = _tell(machine, slot, states[state], cost, world.facts(slot).label)
        told.append((one.choices, len(one.steps), index, replace(one, choices=one.choices + many)))
    told.sort(key=lambda each: each[:3])
    yield from _by_cause([one for *_, one in told])


def _initial_mode(slot: ObjectId, world: World) -> str:
    facts = world.facts(slot)
    return "train" if facts.fresh and facts.initial_mode == "unknown" else facts.initial_mode


def _moves(machine: Machine, states: tuple[str, ...], start: str, symbols: list[str | None]) -> Moves:
    known: dict[str, tuple[Move, ...] | None] = {}
    for symbol in symbols:
        if symbol is not None and symbol not in known:
            row = tuple(_move(machine, states, state, symbol, start) for state in states)
            idle = all(move.to == index and move.bad < 0 for index, move in enumerate(row))
            known[symbol] = None if idle else row
    return tuple(known[symbol] if symbol is not None else None for symbol in symbols)


def _move(machine: Machine, states: tuple[str, ...], state: str, symbol: str, start: str) -> Move:
    target = machine.move(state, symbol, start)
    bad = machine.bad.get(target)
    to = target if bad is None else bad.after
    return Move(states.index(to), -1 if bad is None else states.index(target), symbol, to in machine.home)


def _tell(machine: Machine, slot: ObjectId, bad: str, cost: Cost, label: str) -> Violation:
    passages, choices = _unroll(cost[2])
    steps = tuple(Step(passage.event, passage.event.kind.value) for passage in passages)
    events = [step.event for step in steps]
    primary = _primary(machine, events)
    return Violation(
        machine=machine.name,
        slot=slot,
        label=label,
        steps=steps,
        choices=choices,
        primary=primary.at,
        related=distinct([event.at for event in events if event.at != primary.at]),
        assumption=machine.bad[bad].assumes,
    )


def _primary(machine: Machine, events: list[Event]) -> Event:
    return next((event for event in reversed(events) if event.kind is machine.primary), events[-1])


def _unroll(trail: Trail) -> tuple[list[Passage], int]:
    """The events since the story began anew, and how many different choices the whole way took."""
    passages: list[Passage] = []
    choices: set[Choice] = set()
    for mark in marks(trail):
        if isinstance(mark, Choice):
            choices.add(mark)
            continue
        passages.append(mark)
    begins = max((index + 1 for index, passage in enumerate(passages[:-1]) if passage.home), default=0)
    return passages[begins:], sum(choice.weight for choice in choices)


def _counted_twice(trail: Trail, prepared: Outline) -> bool:
    """Whether the way chooses freely on two counters: those of one loop go together."""
    choices = {mark.of for mark in marks(trail) if isinstance(mark, Choice)}
    return len(choices) > 1 and len(choices & counters(prepared)) > 1


def _by_cause(found: list[Violation]) -> list[Violation]:
    """One report for reports that share a step: the first one, the primary places of the others related."""
    kept: list[Violation] = []
    for one in found:
        places = {step.event.at for step in one.steps}
        for index, other in enumerate(kept):
            if places & {step.event.at for step in other.steps}:
                related = distinct([*other.related, one.primary])
                kept[index] = replace(other, related=tuple(place for place in related if place != other.primary))
                break
        else:
            kept.append(one)
    return kept
