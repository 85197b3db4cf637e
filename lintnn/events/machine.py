"""What a protocol machine is: a small table of states about one kind of object."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from lintnn.values.happenings import EventKind

ANY = "*"
"""The row of a table that holds in every state which has no row of its own for the symbol."""

AT_START = "@start"
"""A target: the state in which an object of this kind begins."""


class Bad(Struct, frozen=True):
    """A bad state: entering it is reported, then the path goes on in ``after``. ``assumes`` is what the report takes for granted."""

    after: str
    assumes: str = ""


class Machine(Struct, frozen=True):
    """A protocol. ``table[state][symbol]`` is the next state; a symbol without an entry changes nothing.

    A symbol is the kind of an event, with ``:detail`` for the kinds in ``details`` and ``?`` if it only possibly concerns the
    object; ``unknown`` and ``mode?`` stand for callees and flags that are not known. ``starts`` maps the mode an object begins in to a
    state (``any`` otherwise). ``home`` states begin a story anew. The report is placed at the last event of kind ``primary``;
    only traces in which each symbol of ``needs`` occurs are looked at.
    """

    name: str
    slot: str
    starts: Mapping[str, str]
    table: Mapping[str, Mapping[str, str]]
    bad: Mapping[str, Bad]
    home: frozenset[str]
    needs: frozenset[str]
    primary: EventKind
    details: frozenset[EventKind] = frozenset()

    def last_symbols(self) -> frozenset[str]:
        """The symbols that lead into a bad state; without one of them there is nothing to look for."""
        return frozenset(symbol for row in self.table.values() for symbol, state in row.items() if state in self.bad)

    def states(self) -> tuple[str, ...]:
        """All states, sorted."""
        named = set(self.table) | set(self.starts.values())
        for row in self.table.values():
            named.update(row.values())
        return tuple(sorted(named - {ANY, AT_START}))

    def move(self, state: str, symbol: str, start: str) -> str:
        """The state after ``symbol``, for an object that began in ``start``."""
        target = self.table.get(state, {}).get(symbol) or self.table.get(ANY, {}).get(symbol, state)
        return start if target == AT_START else target
