"""Composition: sharing, speed, depth, and the same witness in every run."""

from __future__ import annotations

from time import process_time

import pytest

from lintnn.events import loops, violations
from lintnn.events.compose import Composer
from lintnn.events.machine import Machine
from lintnn.events.machines import MACHINES
from lintnn.events.outline import outline
from lintnn.events.relation import FREE, Way, join
from lintnn.findings import Place
from lintnn.values.happenings import EMPTY, Arm, Branch, Call, Event, EventKind, Loop, Sequence, Subject, Trace, Tree
from tests.events.notation import module, optimizer, trace

AT = Place("train.py", 1)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_machines_are_small_and_closed(machine: Machine) -> None:
    states = machine.states()
    assert len(states) <= 8
    assert set(machine.bad) <= set(states)
    assert {bad.after for bad in machine.bad.values()} <= set(states) - set(machine.bad)
    assert machine.home <= set(states)
    assert not set(machine.table) & set(machine.bad)


def test_break_skips_the_else_of_a_loop() -> None:
    text = "backward net\nfor data once:\n  {}\nelse:\n  clear opt\nstep opt"
    assert [one.machine for one in violations(trace(text.format("break")))] == []
    assert [one.machine for one in violations(trace(text.format("unknown")))] == ["zero-grad-before-step"]


def test_return_ends_the_call_not_the_caller() -> None:
    text = "call train:\n  for data:\n    backward net\n    return\nclear opt\nstep opt"
    (found,) = violations(trace(text))
    assert (found.machine, [step.event.at.at for step in found.steps]) == ("zero-grad-before-step", [3, 5, 6])


def test_handlers_start_from_any_point_of_the_body() -> None:
    text = "try:\n  backward net\n  unknown net\nexcept:\n  clear opt\n  step opt"
    (found,) = violations(trace(text))
    assert (found.machine, found.confidence) == ("zero-grad-before-step", "medium")


def test_finally_runs_on_the_way_out_of_a_loop() -> None:
    text = "for data:\n  try:\n    backward net\n    break\n  finally:\n    clear opt\nstep opt"
    (found,) = violations(trace(text))
    assert [step.event.at.at for step in found.steps] == [3, 6, 7]


def test_a_condition_holds_per_iteration_not_for_the_whole_loop() -> None:
    text = """
    for data:
      if odd:
        backward net
      if odd:
        unknown
      else:
        clear opt
        step opt
    """
    (found,) = violations(trace(text))
    assert (found.machine, found.choices) == ("zero-grad-before-step", 2)


def test_a_condition_tested_around_the_loop_holds_for_all_of_it() -> None:
    text = """
    if train:
      backward net
    for data:
      unless train:
        clear opt
        step opt
    """
    assert violations(trace(text)) == []


def test_a_guard_that_leaves_costs_nothing() -> None:
    guards = "if missing:\n  raise\nif empty:\n  return\nif none:\n  raise\n"
    text = f"{guards}for data:\n  if bad:\n    continue\n  backward net\n  clear opt\n  step opt"
    (found,) = violations(trace(text))
    assert (found.machine, found.choices) == ("zero-grad-before-step", 0)


def test_more_than_three_choices_are_not_followed() -> None:
    arms = "".join(f"  if c{number}:\n    clear opt\n" for number in range(4))
    assert violations(trace(f"for data:\n{arms}  backward net\n  step opt")) == []


def test_arms_that_agree_cost_nothing_and_others_cost_one() -> None:
    agree, differ = (Way.ON, 1, 0), (Way.ON, 2, 0)
    joined = join([(True, {agree: FREE, differ: FREE}), (False, {agree: FREE})], AT)
    assert (joined[agree][0], joined[differ][0]) == (0, 1)


def test_a_shared_callee_is_prepared_once() -> None:
    text = "call epoch:\n  for data:\n    clear opt\n    forward net\n    backward net\n    step opt\nuse epoch\nuse epoch"
    read = trace(text)
    assert violations(read) == []
    single = outline(trace(text.split("\nuse")[0]).tree)
    assert outline(read.tree).size == single.size + 3


def test_doubling_calls_stay_linear() -> None:
    tree: Tree = Sequence((_event(EventKind.BACKWARD, 0), _event(EventKind.STEP, 1)))
    for _ in range(60):
        tree = Sequence((Call("again", tree, AT), Call("again", tree, AT)))
    (found,) = violations(_trace(tree))
    assert found.machine == "missing-zero-grad"


def test_deep_nesting_becomes_unknown_instead_of_failing() -> None:
    deep: Tree = Sequence((_event(EventKind.BACKWARD, 0), _event(EventKind.CLEAR, 1), _event(EventKind.STEP, 1)))
    for number in range(2000):
        deep = Branch(f"kind == {number}", (Arm(True, _event(EventKind.LOAD, 0)), Arm(False, deep)), AT)
    assert violations(_trace(Sequence((_event(EventKind.BACKWARD, 0), deep, _event(EventKind.STEP, 1))))) == []


def test_a_chain_of_eighty_elifs_is_followed() -> None:
    tail: Tree = EMPTY
    for number in range(80):
        tail = Branch(f"kind == {number}", (Arm(True, _event(EventKind.CLEAR, 1)), Arm(False, Sequence((tail, EMPTY)))), AT)
    text = Sequence((tail, _event(EventKind.BACKWARD, 0), _event(EventKind.CLEAR, 1), _event(EventKind.STEP, 1)))
    assert [one.machine for one in violations(_trace(text))] == ["zero-grad-before-step"]


def test_five_thousand_events_take_under_half_a_second() -> None:
    kinds = (EventKind.CLEAR, EventKind.FORWARD, EventKind.BACKWARD, EventKind.CLIP, EventKind.STEP, EventKind.EVAL, EventKind.TRAIN)
    rounds = []
    for number in range(720):
        events = tuple(_event(kind, 0 if kind in (EventKind.FORWARD, EventKind.BACKWARD) else 1, number) for kind in kinds[:5])
        modes = (_event(EventKind.EVAL, 0, number), _event(EventKind.TRAIN, 0, number))
        arms = (Arm(True, Sequence(modes)), Arm(False, EMPTY))
        rounds.append(Loop("data", EMPTY, Sequence((*events, Branch(f"c{number}", arms, AT))), EMPTY, AT))
    big = _trace(Loop("epochs", EMPTY, Sequence(tuple(rounds)), EMPTY, AT))
    started = process_time()
    assert violations(big) == []
    assert process_time() - started < 0.5


def test_five_thousand_reports_take_under_two_seconds_and_are_told_once() -> None:
    items = [_event(kind, slot, number) for number in range(2500) for kind, slot in ((EventKind.BACKWARD, 0), (EventKind.STEP, 1))]
    started = process_time()
    (found,) = violations(_trace(Loop("data", EMPTY, Sequence(tuple(items)), EMPTY, AT)))
    assert process_time() - started < 2
    assert found.steps[0].event.at.at == 0


def test_the_witness_is_the_same_in_every_run() -> None:
    text = """
    for epochs:
      for data:
        if a:
          backward net
        else:
          backward net
        if b:
          step opt
        else:
          step opt
      eval net
      forward net no-grad
    """
    runs = [violations(trace(text)) for _ in range(5)]
    assert all(run == runs[0] for run in runs)
    assert [step.event.at.at for step in runs[0][0].steps] == [4, 8, 4, 8]


def test_rows_are_asked_for_only_where_control_arrives() -> None:
    prepared = outline(trace("for data:\n  clear opt\n  backward net").tree)
    composer = Composer(prepared, tuple(None for _ in prepared.signatures))
    assert composer.row(prepared.root, 3) == {(Way.ON, 3, 0): FREE}


def test_what_loops_are_for() -> None:
    text = """
    for epochs:
      for data:
        forward net
        backward net
        step opt
      for data:
        forward net no-grad
      for other:
        save net
      for data:
        forward net
    """
    told = [(loop.at.at, loop.role.value, loop.depth, loop.direct, loop.grad) for loop in loops(trace(text))]
    assert told == [
        (1, "training", 0, False, None),
        (2, "training", 1, True, True),
        (6, "evaluation", 1, False, False),
        (8, "other", 1, False, None),
        (10, "evaluation", 1, False, True),
    ]


def test_a_loop_that_hands_the_optimizer_to_unknown_code_is_not_an_evaluation() -> None:
    (loop,) = loops(trace("for data:\n  forward net\n  unknown opt", net=module(), opt=optimizer("net")))
    assert loop.role == "other"


def _event(kind: EventKind, subject: int, at: int = 1) -> Event:
    return Event(kind, (Subject(subject),), Place("train.py", at))


def _trace(tree: Tree) -> Trace:
    return Trace("root", "train.py", tree, trace("", net=module(), opt=optimizer("net")).objects)
