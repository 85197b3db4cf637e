"""The algebra of state relations: ways through code, how they follow, join and are charged for.

A *way* leads from one state of a machine to a key: a state in which control goes on, leaves, or a report. It carries what
it costs (the free choices taken), how many events it shows, and its trail. Of two ways to one key the cheaper, then the
shorter, then the earlier one stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from msgspec import Struct

from lintnn.findings import Place
from lintnn.values.happenings import Event

MOST_CHOICES = 3
"""Ways that need more free choices than this are dropped."""


class Way(IntEnum):
    """How control goes on after a piece of code; REPORT marks a bad state met on the way."""

    ON = 0
    BREAK = 1
    CONTINUE = 2
    RETURN = 3
    RAISE = 4
    REPORT = 5


class Passage(Struct, frozen=True, gc=False):
    """An event that changed the state; ``home`` if it led back to where a story starts anew."""

    event: Event
    symbol: str
    home: bool


class Choice(Struct, frozen=True, gc=False):
    """A free choice: which one, what was chosen, and as how many it counts."""

    of: Place | str
    value: bool | int | str
    weight: int = 1


Mark = Passage | Choice
Trail = Mark | tuple["Trail", "Trail"] | None
"""Marks in order, shared between ways and unrolled only for a report."""

Key = tuple[int, int, int]
"""How control goes on, the state, and for a report the index of the event (else 0)."""

Cost = tuple[int, int, Trail]
"""Free choices, events shown, trail."""

Row = dict[Key, Cost]
"""All ways out of a piece of code that was entered in one state."""

FREE: Cost = (0, 0, None)


def put(row: Row, key: Key, cost: Cost) -> bool:
    """Keep the better of two ways; tells whether the new one was kept."""
    known = row.get(key)
    if known is None or cost[0] < known[0] or (cost[0] == known[0] and cost[1] < known[1]):
        row[key] = cost
        return True
    return False


def follow(first: Cost, second: Cost) -> Cost | None:
    """One way after the other; None when it needs too many choices."""
    choices = first[0] + second[0]
    if choices > MOST_CHOICES:
        return None
    before, after = first[2], second[2]
    if before is None:
        return (choices, first[1] + second[1], after)
    if after is None:
        return (choices, first[1] + second[1], before)
    return (choices, first[1] + second[1], (before, after))


def charge(cost: Cost, choice: Choice) -> Cost | None:
    """The way with a free choice put before it."""
    return follow((choice.weight, 0, choice), cost)


def join(arms: Sequence[tuple[bool | int, Row]], of: Place | str) -> Row:
    """The join of the arms of a branch.

    Taking an arm is a free choice, except where there is none to make: an arm that alone goes on (the others leave), or a
    place that every arm reaches.
    """
    if len(arms) == 1:
        return arms[0][1]
    goes_on = [value for value, row in arms if any(key[0] == Way.ON for key in row)]
    floors = [_floors(row) for _, row in arms]
    joined: Row = {}
    for value, row in arms:
        obliged = goes_on == [value]
        choice = Choice(of, value)
        for key, cost in row.items():
            agreed = _agreed(floors, key)
            price = 0 if obliged or (agreed is not None and agreed <= cost[0]) else 1
            paid = charge(cost, choice) if price else cost
            if paid is not None:
                put(joined, key, paid)
    return joined


def _group(key: Key) -> tuple[int, int]:
    return key[0], key[1]


def _floors(row: Row) -> dict[tuple[int, int], int]:
    floors: dict[tuple[int, int], int] = {}
    for key, cost in row.items():
        group = _group(key)
        floors[group] = min(cost[0], floors.get(group, MOST_CHOICES))
    return floors


def _agreed(floors: Sequence[dict[tuple[int, int], int]], key: Key) -> int | None:
    """The choices with which every arm reaches the key's state, or None where some arm does not."""
    group = _group(key)
    dearest = 0
    for floor in floors:
        cost = floor.get(group)
        if cost is None:
            return None
        dearest = max(dearest, cost)
    return dearest


def marks(trail: Trail) -> Iterator[Mark]:
    """The marks of a trail in order."""
    pending: list[Trail] = [trail]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending.append(part[1])
            pending.append(part[0])
        elif part is not None:
            yield part
