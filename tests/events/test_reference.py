"""Composition against a plain reference: sets of outcomes, no costs, no sharing, no skipping."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from lintnn.events import relation
from lintnn.events.compose import Composer, Move
from lintnn.events.outline import outline
from lintnn.events.relation import Way
from lintnn.findings import Place
from lintnn.values.happenings import EMPTY, Arm, Branch, Call, Event, EventKind, Exit, Jump, Loop, Protected, Sequence, Tree

NEXT = {EventKind.BACKWARD: (1, 1, 3, 3), EventKind.STEP: (0, 2, 2, 3), EventKind.CLEAR: (0, 0, 0, 0), EventKind.SAVE: (0, 1, 2, 3)}
"""A machine of four states in which 3 is bad until cleared."""

Outcome = tuple[str, int]


def reference(tree: Tree, state: int, truth: dict[str, bool]) -> set[Outcome]:
    match tree:
        case Event():
            return {("on", NEXT[tree.kind][state])}
        case Jump():
            return {(tree.exit.value, state)}
        case Sequence():
            return in_order(tree.items, {state}, truth)
        case Branch():
            arms = [arm.body for arm in tree.arms if tree.condition not in truth or truth[tree.condition] == arm.value]
            return set().union(*(reference(arm, state, truth) for arm in arms))
        case Call():
            return {("on" if way == "return" else way, last) for way, last in reference(tree.body, state, truth)}
        case Loop():
            return rounds(tree, state, truth)
        case Protected():
            return protected(tree, state, truth)


def in_order(items: tuple[Tree, ...], states: set[int], truth: dict[str, bool]) -> set[Outcome]:
    left: set[Outcome] = set()
    for item in items:
        outcomes: set[Outcome] = set().union(*(reference(item, state, truth) for state in states))
        left |= {outcome for outcome in outcomes if outcome[0] != "on"}
        states = {state for way, state in outcomes if way == "on"}
    return left | {("on", state) for state in states}


def rounds(loop: Loop, state: int, truth: dict[str, bool]) -> set[Outcome]:
    arrived, left, broken = {state}, set[Outcome](), set[Outcome]()
    finished = set() if loop.once else {state}
    for number in range(6 if loop.many else 1):
        body = loop.first if number == 0 and loop.first is not None else loop.body
        rounded = set().union(*(reference(body, each, truth) for each in arrived))
        arrived = arrived if number else set()
        for way, last in rounded:
            if way in ("on", "continue"):
                arrived = arrived | {last}
                finished = finished | {last}
            elif way == "break":
                broken.add(("on", last))
            else:
                left.add((way, last))
    return left | broken | in_order((loop.orelse,), finished, truth)


def protected(tree: Protected, state: int, truth: dict[str, bool]) -> set[Outcome]:
    outcomes = reference(tree.body, state, truth)
    raised = {last for way, last in outcomes if way == "raise"}
    ends = {outcome for outcome in outcomes if outcome[0] != "on"}
    ends |= in_order((tree.orelse,), {last for way, last in outcomes if way == "on"}, truth)
    for handler in tree.handlers:
        ends |= in_order((handler,), raised, truth)
    final: set[Outcome] = set()
    for way, last in ends:
        final |= {(way if after == "on" else after, end) for after, end in reference(tree.final, last, truth)}
    return final


class Grower:
    """Grows random trees; branches take their conditions from ``conditions``, or have none."""

    def __init__(self, seed: int, conditions: tuple[str, ...], shapes: tuple[str, ...]) -> None:
        self.random = Random(seed)
        self.conditions = conditions
        self.shapes = shapes
        self.at = 0

    def tree(self, depth: int, in_loop: bool = False) -> Tree:
        self.at += 1
        at = Place("train.py", self.at)
        shape = self.random.choice(self.shapes) if depth else "event"
        if shape == "branch":
            condition = self.random.choice(self.conditions) if self.conditions else None
            return Branch(condition, (Arm(True, self.tree(depth - 1, in_loop)), Arm(False, self.tree(depth - 1, in_loop))), at)
        if shape == "loop":
            once, many = self.random.random() < 0.5, self.random.random() < 0.8
            body, orelse = self.tree(depth - 1, True), self.tree(depth - 1, in_loop)
            first = self.tree(depth - 1, True) if self.random.random() < 0.3 else None
            return Loop("data", EMPTY, body, orelse, at, once, many, first)
        if shape == "call":
            return Call("callee", self.tree(depth - 1), at)
        if shape == "try":
            return Protected(self.tree(depth - 1, in_loop), (), EMPTY, self.tree(depth - 1, in_loop))
        if shape == "sequence":
            return Sequence(tuple(self.tree(depth - 1, in_loop) for _ in range(self.random.randint(2, 4))))
        if self.random.random() < 0.15:
            return Jump(self.random.choice([Exit.RETURN, Exit.RAISE, *([Exit.BREAK, Exit.CONTINUE] if in_loop else [])]))
        return Event(self.random.choice(list(NEXT)), (), at)


def composed(tree: Tree) -> set[Outcome]:
    prepared = outline(tree)
    moves = [tuple(Move(to, -1, event.kind.value, False) for to in NEXT[event.kind]) for event in prepared.signatures]
    return {(Way(key[0]).name.lower(), key[1]) for key in Composer(prepared, tuple(moves)).row(prepared.root, 0)}


@pytest.fixture(autouse=True)
def _any_number_of_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relation, "MOST_CHOICES", 1000)


@pytest.mark.parametrize("seed", range(150))
def test_outcomes_are_those_of_the_reference(seed: int) -> None:
    tree = Grower(seed, (), ("sequence", "sequence", "branch", "loop", "call", "try", "event")).tree(5)
    assert composed(tree) == reference(tree, 0, {})


@pytest.mark.parametrize("seed", range(150))
def test_conditions_tested_again_have_one_truth(seed: int) -> None:
    names = ("a", "b", "c")
    tree = Grower(seed, names, ("sequence", "sequence", "branch", "event")).tree(5)
    expected: set[Outcome] = set()
    for values in product((True, False), repeat=3):
        expected |= reference(tree, 0, dict(zip(names, values, strict=True)))
    assert composed(tree) == expected
