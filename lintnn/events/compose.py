"""Composition: the relation of a whole tree from those of its parts, for one machine and one object.

Rows of the relation are computed when they are asked for and kept per part; parts that say nothing about the object are
skipped. Nothing depends on addresses or hash order, so the witnesses are the same in every run.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from lintnn.events.outline import Chain, Cycle, Fork, Frame, Leaf, Leap, Node, Outline, Shelter
from lintnn.events.relation import FREE, Choice, Cost, Key, Passage, Row, Way, charge, follow, join, put
from lintnn.values.happenings import Exit

INTERRUPTION = 2
"""What it costs that an exception comes between two events: never the only ground of a sure report."""

EMPTY_LOOP: dict[str, int] = {"data": 1, "epochs": 1, "while": 1}
"""What it costs that a loop does not run at all. Loops over other containers are taken to run."""

MOST_VARIANTS = 8

_JUMPS = {Exit.BREAK: Way.BREAK, Exit.CONTINUE: Way.CONTINUE, Exit.RETURN: Way.RETURN, Exit.RAISE: Way.RAISE}


class Move(NamedTuple):
    """Where a symbol leads from a state: ``to`` is where the path goes on, ``bad`` the state to report (or -1)."""

    to: int
    bad: int
    symbol: str
    home: bool


Moves = tuple[tuple[Move, ...] | None, ...]
"""For every signature of the outline: the moves by state, or None if it means nothing to the object."""

Given = tuple[tuple[str, bool | int], ...]
"""The truth of the conditions that are settled."""


class Guarded(NamedTuple):
    """What holds around a part: settled conditions, and the number of the ``try`` that catches exceptions (or -1)."""

    given: Given
    shelter: int


BARE = Guarded((), -1)


class Composer:
    """The relation of one outline for one machine and object."""

    def __init__(self, outline: Outline, moves: Moves) -> None:
        self._outline = outline
        self._moves = moves
        self._relevant = sum(1 << signature for signature, move in enumerate(moves) if move is not None)
        self._rows: dict[tuple[int, int, Guarded], Row] = {}
        self._splits: dict[int, tuple[tuple[str, tuple[bool | int, ...]], ...]] = {}

    def row(self, node: Node, state: int, around: Guarded = BARE) -> Row:
        """All ways out of ``node`` entered in ``state``."""
        if not (node.touches & self._relevant or node.exits):
            return {(Way.ON, state, 0): FREE}
        if around.given:
            around = self._restrict(node, around)
        key = (node.index, state, around)
        row = self._rows.get(key)
        if row is None:
            split = self._split(node) if node.index in self._outline.scopes else ()
            row = self._vary(node, state, around, split) if split else self._compute(node, state, around)
            self._rows[key] = row
        return row

    def _restrict(self, node: Node, around: Guarded) -> Guarded:
        return Guarded(tuple(pair for pair in around.given if node.tests & self._outline.tests[pair[0]]), around.shelter)

    def _compute(self, node: Node, state: int, around: Guarded) -> Row:
        if isinstance(node, Leaf):
            return self._leaf(node, state, around)
        if isinstance(node, Chain):
            return self._chain(node, state, around)
        if isinstance(node, Fork):
            return self._fork(node, state, around)
        if isinstance(node, Cycle):
            return self._cycle(node, state, around)
        if isinstance(node, Frame):
            return self._frame(node, state, around)
        if isinstance(node, Shelter):
            return self._shelter(node, state, around)
        assert isinstance(node, Leap)
        return {(_JUMPS[node.exit], state, 0): FREE}

    # --- conditions that are tested more than once -------------------------------------------------

    def _split(self, node: Node) -> tuple[tuple[str, tuple[bool | int, ...]], ...]:
        """The conditions to settle before this part runs, with their values: at most eight variants."""
        known = self._splits.get(node.index)
        if known is not None:
            return known
        told = []
        for condition in self._outline.scopes[node.index]:
            telling = [fork for fork in self._outline.forks[condition] if fork.touches & self._relevant or fork.exits]
            if len(telling) > 1:
                told.append((len(telling), condition, tuple(dict.fromkeys(value for fork in telling for value in fork.values))))
        chosen, variants = [], 1
        for _, condition, values in sorted(told, key=lambda each: -each[0]):
            if variants * len(values) <= MOST_VARIANTS:
                variants *= len(values)
                chosen.append((condition, values))
        self._splits[node.index] = tuple(chosen)
        return self._splits[node.index]

    def _vary(self, node: Node, state: int, around: Guarded, split: tuple[tuple[str, tuple[bool | int, ...]], ...]) -> Row:
        if not split:
            return self._compute(node, state, around)
        (condition, values), rest = split[0], split[1:]
        arms = [(value, self._vary(node, state, Guarded((*around.given, (condition, value)), around.shelter), rest)) for value in values]
        return join(arms, condition)

    # --- the shapes --------------------------------------------------------------------------------

    def _leaf(self, leaf: Leaf, state: int, around: Guarded) -> Row:
        row: Row = {}
        for to, told in self._pass(leaf, {state: FREE}, row).items():
            row[(Way.ON, to, 0)] = told
            if around.shelter >= 0:
                self._interrupt(row, (Way.RAISE, to, 0), told, around.shelter)
        return row

    def _pass(self, leaf: Leaf, front: dict[int, Cost], row: Row) -> dict[int, Cost]:
        """Let an event happen in every state of the front: the next front; reports go to ``row``."""
        moves = self._moves[leaf.signature]
        if moves is None:
            return front
        onward: dict[int, Cost] = {}
        for state, so_far in front.items():
            to, bad, symbol, home = moves[state]
            if to != state or bad >= 0:
                passage = Passage(leaf.event, symbol, home)
                so_far = (so_far[0], so_far[1] + 1, passage if so_far[2] is None else (so_far[2], passage))
            if bad >= 0:
                put(row, (Way.REPORT, bad, leaf.index), so_far)
            known = onward.get(to)
            if known is None or so_far[:2] < known[:2]:
                onward[to] = so_far
        return onward

    def _interrupt(self, row: Row, key: Key, so_far: Cost, shelter: int) -> None:
        paid = charge(so_far, Choice(f"exception {shelter}", "raised", INTERRUPTION))
        if paid is not None:
            put(row, key, paid)

    def _chain(self, chain: Chain, state: int, around: Guarded) -> Row:
        row: Row = {}
        front: dict[int, Cost] = {state: FREE}
        relevant = self._relevant
        for item in chain.items:
            if item.touches & relevant or item.exits:
                front = self._advance(item, front, row, around)
        for last, cost in front.items():
            put(row, (Way.ON, last, 0), cost)
        return row

    def _advance(self, node: Node, front: dict[int, Cost], row: Row, around: Guarded) -> dict[int, Cost]:
        """Run ``node`` from every state of the front: the next front; other ways go to ``row``."""
        if isinstance(node, Leaf) and around.shelter < 0:
            return self._pass(node, front, row)
        onward: Row = {}
        for state, so_far in front.items():
            for key, cost in self.row(node, state, around).items():
                total = follow(so_far, cost)
                if total is not None:
                    put(onward if key[0] == Way.ON else row, key, total)
        return {key[1]: cost for key, cost in onward.items()}

    def _fork(self, fork: Fork, state: int, around: Guarded) -> Row:
        arms = list(zip(fork.values, fork.arms, strict=True))
        settled = dict(around.given).get(fork.condition) if fork.condition is not None else None
        if settled is not None:
            arms = [arm for arm in arms if arm[0] == settled] or arms
        return join([(value, self.row(arm, state, around)) for value, arm in arms], fork.at)

    def _frame(self, frame: Frame, state: int, around: Guarded) -> Row:
        row: Row = {}
        for key, cost in self.row(frame.body, state, around).items():
            put(row, (Way.ON, key[1], 0) if key[0] == Way.RETURN else key, cost)
        return row

    def _cycle(self, loop: Cycle, state: int, around: Guarded) -> Row:
        row: Row = {}
        entered = self._advance(loop.test, {state: FREE}, row, around)
        ended = self._rounds(loop, entered, row, around) if loop.first is loop.body else self._peeled(loop, entered, row, around)
        left = self._advance(loop.test, ended, row, around)
        if not loop.once and loop.kind in EMPTY_LOOP:
            for first, so_far in entered.items():
                paid = charge(so_far, Choice(loop.at, "not run", EMPTY_LOOP[loop.kind]))
                known = left.get(first)
                if paid is not None and (known is None or paid[:2] < known[:2]):
                    left[first] = paid
        for last, cost in self._advance(loop.orelse, left, row, around).items():
            put(row, (Way.ON, last, 0), cost)
        return row

    def _peeled(self, loop: Cycle, entered: dict[int, Cost], row: Row, around: Guarded) -> dict[int, Cost]:
        """The rounds of a loop whose first one is different."""
        ended: Row = {}
        for state, so_far in entered.items():
            for last, cost in self._round(loop.first, state, so_far, row, around).items():
                put(ended, (Way.ON, last, 0), cost)
        if loop.many:
            again = self._advance(loop.test, {key[1]: cost for key, cost in ended.items()}, row, around)
            for last, cost in self._rounds(loop, again, row, around).items():
                put(ended, (Way.ON, last, 0), cost)
        return {key[1]: cost for key, cost in ended.items()}

    def _rounds(self, loop: Cycle, entered: dict[int, Cost], row: Row, around: Guarded) -> dict[int, Cost]:
        """Go round until nothing gets better: the states at the end of a round, each by its best way."""
        order = count()
        queue: list[tuple[int, int, int, int, Cost]] = []
        for state, cost in entered.items():
            heappush(queue, (cost[0], cost[1], next(order), state, cost))
        ended: Row = {}
        done: set[int] = set()
        while queue:
            *_, state, so_far = heappop(queue)
            if state in done:
                continue
            done.add(state)
            for last, cost in self._round(loop.body, state, so_far, row, around).items():
                if put(ended, (Way.ON, last, 0), cost) and loop.many:
                    for again, total in self._advance(loop.test, {last: cost}, row, around).items():
                        if again not in done:
                            heappush(queue, (total[0], total[1], next(order), again, total))
        return {key[1]: cost for key, cost in ended.items()}

    def _round(self, body: Node, state: int, so_far: Cost, row: Row, around: Guarded) -> dict[int, Cost]:
        ended: Row = {}
        for key, cost in self.row(body, state, around).items():
            total = follow(so_far, cost)
            if total is None:
                continue
            if key[0] in (Way.ON, Way.CONTINUE):
                put(ended, (Way.ON, key[1], 0), total)
            else:
                put(row, (Way.ON, key[1], 0) if key[0] == Way.BREAK else key, total)
        return {key[1]: cost for key, cost in ended.items()}

    def _shelter(self, shelter: Shelter, state: int, around: Guarded) -> Row:
        row: Row = {}
        within = Guarded(around.given, shelter.index) if shelter.handlers else around
        passed = self._advance(shelter.body, {state: FREE}, row, within)
        if shelter.handlers:
            self._interrupt(row, (Way.RAISE, state, 0), FREE, shelter.index)
        raised = {key[1]: cost for key, cost in row.items() if key[0] == Way.RAISE}
        ends: Row = {}
        for tree, front in ((shelter.orelse, passed), *((handler, raised) for handler in shelter.handlers)):
            for last, cost in self._advance(tree, front, row, around).items():
                put(ends, (Way.ON, last, 0), cost)
        for key, cost in ends.items():
            put(row, key, cost)
        return self._finally(shelter.final, row, around)

    def _finally(self, final: Node, row: Row, around: Guarded) -> Row:
        """The cleanup runs on every way out, then the way goes on as before."""
        if not (final.touches & self._relevant or final.exits):
            return row
        cleaned: Row = {}
        for key, so_far in row.items():
            if key[0] == Way.REPORT:
                put(cleaned, key, so_far)
                continue
            for last, cost in self._advance(final, {key[1]: so_far}, cleaned, around).items():
                put(cleaned, (key[0], last, 0), cost)
        return cleaned
