"""Clearing, stepping and clipping gradients: what is reported, and which equivalent orders stay quiet."""

from __future__ import annotations

import pytest

from lintnn.events import Violation, violations
from lintnn.findings import Confidence
from tests.events.notation import module, optimizer, symbolic, trace

GAN = {
    "d": module(),
    "g": module(),
    "opt_d": optimizer("d"),
    "opt_g": optimizer("g"),
}


def reports(text: str, **objects: dict[str, object]) -> list[str]:
    return [f"{one.machine} {one.label}" for one in violations(trace(text, **objects))]


def only(text: str, **objects: dict[str, object]) -> Violation:
    (found,) = violations(trace(text, **objects))
    return found


def test_backward_and_step_without_clear() -> None:
    found = only(
        """
        for data:
          forward net
          backward net
          step opt
        """
    )
    assert found.machine == "missing-zero-grad"
    assert [(step.role, step.event.at.at) for step in found.steps] == [("backward", 3), ("step", 4), ("backward", 3), ("step", 4)]
    assert (found.primary.at, [place.at for place in found.related]) == (4, [3])
    assert (found.choices, found.confidence) == (0, Confidence.HIGH)
    assert found.loop is not None
    assert found.loop.role == "training"


def test_clear_before_the_loop_only() -> None:
    text = """
    clear opt
    for epochs:
      for data:
        backward net
        step opt
    """
    assert reports(text) == ["missing-zero-grad opt"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for data:\n  clear opt\n  backward net\n  step opt", id="before backward"),
        pytest.param("for data:\n  backward net\n  step opt\n  clear opt", id="after step"),
        pytest.param("for data:\n  clear net module\n  backward net\n  step opt", id="through the module"),
        pytest.param("for data:\n  backward net\n  step opt\n  call reset:\n    clear opt\n    return", id="in a callee"),
        pytest.param("for data:\n  for other:\n    clear opt\n  backward net\n  step opt", id="in a loop over optimizers"),
        pytest.param("for data:\n  if fast:\n    clear net\n  else:\n    clear opt\n  backward net\n  step opt", id="in both arms"),
        pytest.param("for data:\n  if bad:\n    continue\n  clear opt\n  backward net\n  step opt", id="after a guard that continues"),
        pytest.param("for data:\n  backward net\n  if i % 4:\n    step opt\n    clear opt", id="accumulation"),
        pytest.param("for data:\n  backward net\n  if i % 4:\n    step opt\n  if i % 4:\n    clear opt", id="the same counter twice"),
        pytest.param("for data:\n  clear opt\n  for other:\n    backward net\n  step opt", id="several backwards"),
        pytest.param("for data:\n  try:\n    backward net\n    step opt\n  finally:\n    clear opt", id="in a finally"),
        pytest.param("for data:\n  call closure:\n    clear opt\n    backward net\n  step opt", id="in a closure"),
        pytest.param("for data:\n  unknown opt\n  backward net\n  step opt", id="unknown callee with the optimizer"),
        pytest.param("for data:\n  unknown net\n  backward net\n  step opt", id="unknown callee with the module"),
        pytest.param("for data:\n  unknown anything\n  backward net\n  step opt", id="unknown callee with anything"),
        pytest.param("for data:\n  clear ?opt\n  backward net\n  step opt", id="clear of what may be it"),
        pytest.param("for data:\n  build opt\n  backward net\n  step opt", id="a new optimizer each time"),
        pytest.param("backward net\nstep opt\nbackward net", id="a last backward for its own sake"),
        pytest.param("for data single:\n  backward net\n  step opt", id="a loop that runs at most once"),
        pytest.param("for data:\n  backward net\n  step opt\n  break", id="a loop that is left at once"),
        pytest.param("for data:\n  backward net\n  step opt\n  return", id="a function that returns at once"),
        pytest.param("for data:\n  backward net\n  step opt\n  raise", id="a program that stops"),
    ],
)
def test_cleared_somewhere_on_the_cycle(text: str) -> None:
    assert reports(text) == []


def test_clear_in_one_arm_is_one_free_choice() -> None:
    found = only("for data:\n  if warm:\n    clear opt\n  backward net\n  step opt")
    assert (found.machine, found.choices, found.confidence) == ("missing-zero-grad", 1, Confidence.HIGH)


def test_two_counters_go_together() -> None:
    assert reports("for data:\n  if i % 4:\n    clear opt\n  backward net\n  if j % 4:\n    step opt") == []


def test_two_free_choices_are_at_most_medium() -> None:
    found = only("for data:\n  if first:\n    clear opt\n  backward net\n  if second:\n    step opt")
    assert (found.machine, found.confidence) == ("missing-zero-grad", Confidence.MEDIUM)


def test_taking_the_same_arm_every_time_is_one_choice() -> None:
    found = only("for data:\n  backward net\n  if i % 4:\n    step opt")
    assert (found.machine, found.choices) == ("missing-zero-grad", 1)


def test_both_arms_of_amp_agree_so_nothing_was_chosen() -> None:
    found = only(
        "for data:\n  if amp:\n    backward net scaled\n    step opt scaled\n    update scaler\n  else:\n    backward net\n    step opt"
    )
    assert (found.machine, found.choices) == ("missing-zero-grad", 0)


def test_arms_of_an_amp_flag_tested_twice_never_mix() -> None:
    text = """
    for data:
      clear opt
      if amp:
        backward net scaled
      else:
        backward net plain
      if amp:
        step opt scaled
        update scaler
      else:
        step opt plain
    """
    assert reports(text) == []


def test_correlated_conditions_hold_across_calls_within_one_iteration() -> None:
    text = """
    for data:
      call forward_backward:
        backward net
      call maybe_step:
        if last:
          step opt
      unless last:
        unknown
      else:
        clear opt
    """
    assert reports(text) == []


def test_an_empty_loop_between_is_a_choice() -> None:
    found = only("for epochs:\n  for data:\n    clear opt\n  backward net\n  step opt")
    assert (found.machine, found.choices) == ("missing-zero-grad", 1)


def test_continue_past_the_clear() -> None:
    found = only("for data:\n  backward net\n  step opt\n  if log:\n    continue\n  clear opt")
    assert (found.machine, found.choices) == ("missing-zero-grad", 1)


def test_an_exception_between_step_and_clear_is_never_a_sure_report() -> None:
    text = """
    for data:
      try:
        backward net
        step opt
        clear opt
      except:
        unknown
    """
    assert [one.confidence for one in violations(trace(text))] == [Confidence.MEDIUM]


def test_gan_that_clears_only_one_of_two() -> None:
    text = """
    for data:
      clear opt_d
      backward d
      step opt_d
      backward d g
      step opt_g
    """
    assert reports(text, **GAN) == ["missing-zero-grad opt_g"]


def test_gan_that_clears_the_other_module_by_mistake() -> None:
    text = """
    for data:
      clear d module
      backward d
      step opt_d
      clear d module
      backward d g
      step opt_g
    """
    assert reports(text, **GAN) == ["missing-zero-grad opt_g"]


def test_a_module_of_unknown_owner_may_clear_every_optimizer() -> None:
    strangers = {"net": symbolic("module"), "a": symbolic("optimizer"), "b": symbolic("optimizer")}
    assert reports("for data:\n  clear net module\n  backward net\n  step a\n  step b", **strangers) == []


def test_the_only_optimizer_is_taken_to_own_what_is_trained() -> None:
    strangers = {"net": symbolic("module"), "opt": symbolic("optimizer")}
    assert reports("for data:\n  backward net\n  step opt", **strangers) == ["missing-zero-grad opt"]
    assert reports("for data:\n  backward\n  step opt", **strangers) == ["missing-zero-grad opt"]


def test_a_framework_that_clears_by_itself() -> None:
    managed = {"net": module(), "opt": optimizer("net", gradients_cleared_elsewhere=True)}
    assert reports("for data:\n  backward net\n  step opt", **managed) == []


def test_an_id_for_several_optimizers_costs_a_choice() -> None:
    found = only("for data:\n  backward net\n  step opts", net=module(), opts=optimizer("net", many=True))
    assert (found.machine, found.choices) == ("missing-zero-grad", 1)


def test_two_backwards_of_one_cause_are_one_report() -> None:
    found = only("for data:\n  if a:\n    backward net\n  else:\n    backward net\n  step opt")
    assert found.machine == "missing-zero-grad"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for data:\n  backward net\n  clear opt\n  step opt", ["zero-grad-before-step opt"], id="between"),
        pytest.param(
            "for data:\n  call loss:\n    backward net\n    return\n  call update:\n    clear opt\n    step opt",
            ["zero-grad-before-step opt"],
            id="in callees",
        ),
        pytest.param("for data:\n  backward net\n  clear net module\n  step opt", ["zero-grad-before-step opt"], id="through the module"),
        pytest.param("for data:\n  backward net\n  clear ?opt\n  step opt", [], id="only possibly cleared"),
        pytest.param("for data:\n  backward net\n  step opt\n  clear opt\n  step opt", [], id="stepped before"),
        pytest.param("for data:\n  backward net\n  clear opt\n  backward net\n  step opt", [], id="backward again"),
        pytest.param("for data:\n  backward net\n  clear opt\n  unknown net\n  step opt", [], id="gradients made by an unknown callee"),
        pytest.param("for data:\n  backward net\n  if bad:\n    clear opt\n    continue\n  step opt\n  clear opt", [], id="skipped batch"),
    ],
)
def test_cleared_between_backward_and_step(text: str, expected: list[str]) -> None:
    assert reports(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for data:\n  clear opt\n  forward net\n  step opt", ["missing-backward opt"], id="no backward"),
        pytest.param("for epochs:\n  for data:\n    forward net\n    step opt", ["missing-backward opt"], id="nested"),
        pytest.param("for data:\n  forward net\n  step opt\n  if odd:\n    backward net", [], id="optional backward"),
        pytest.param("for data:\n  forward net\n  unknown net\n  step opt", [], id="unknown callee with the model"),
        pytest.param("for data:\n  forward net\n  backward\n  step opt", [], id="backward of an unknown loss"),
        pytest.param("for data:\n  step opt", [], id="no forward near"),
        pytest.param("for data:\n  forward net no-grad\n  step opt", [], id="no gradients wanted"),
        pytest.param("forward net\nstep opt", [], id="no loop"),
    ],
)
def test_step_without_backward(text: str, expected: list[str]) -> None:
    assert [one for one in reports(text) if one.startswith("missing-backward")] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for data:\n  clear opt\n  forward net\n  backward net", ["missing-optimizer-step opt"], id="never steps"),
        pytest.param("for data:\n  clear opt\n  backward net\nstep opt", [], id="steps elsewhere"),
        pytest.param("for data:\n  clear opt\n  backward net\n  if x:\n    step ?opt", [], id="may step"),
        pytest.param("for data:\n  clear opt\n  backward net\n  unknown opt", [], id="an unknown callee may step"),
        pytest.param("for data:\n  clear net module\n  backward net", [], id="an attack that clears the model"),
        pytest.param("clear opt\nbackward net", [], id="no loop"),
    ],
)
def test_backward_without_step(text: str, expected: list[str]) -> None:
    assert reports(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for data:\n  clear opt\n  backward net\n  if (i + 1) % 4 == 0:\n    step opt", 1, id="cleared first"),
        pytest.param("for data:\n  call train_step:\n    clear opt\n    backward net\n  if i % n:\n    step opt", 1, id="in a callee"),
        pytest.param("for data:\n  backward net\n  if i % 4:\n    step opt\n    clear opt", 0, id="cleared with the step"),
        pytest.param(
            "for data:\n  clear opt\n  for other:\n    backward net\n    if i % 4:\n      step opt", 0, id="inner loop accumulates"
        ),
        pytest.param("for data:\n  clear opt\n  backward net\n  if ready:\n    step opt", 0, id="not a counter"),
        pytest.param("for data:\n  clear opt\n  backward net\n  step opt\n  if i % 4:\n    step opt", 0, id="steps every time too"),
        pytest.param("for data:\n  clear opt\n  backward net\n  if i % 4:\n    backward net\n    step opt", 0, id="its own backward"),
    ],
)
def test_cleared_every_micro_batch(text: str, expected: int) -> None:
    assert reports(text).count("zero-grad-every-micro-batch opt") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for data:\n  clear opt\n  backward net\n  step opt\n  clip net", 1, id="after step"),
        pytest.param("for data:\n  clear opt\n  clip net\n  backward net\n  step opt", 1, id="before backward"),
        pytest.param("for data:\n  clip net\n  clear opt\n  backward net\n  step opt", 1, id="first of all"),
        pytest.param("for data:\n  clear opt\n  backward net\n  clip net\n  step opt", 0, id="between"),
        pytest.param("for data:\n  clear opt\n  backward net\n  clip opt\n  step opt", 0, id="through the optimizer"),
        pytest.param("for data:\n  clear opt\n  backward net\n  if on:\n    clip net\n  step opt", 0, id="optional"),
        pytest.param("for data:\n  clear opt\n  backward net\n  clip ?net\n  step opt\n  clip net", 0, id="possibly clipped in place"),
        pytest.param("for data:\n  backward net\n  clip net\n  step opt\n  clear opt", 0, id="cleared after the step"),
        pytest.param("for data:\n  clear opt\n  backward net\n  unknown net\n  step opt\n  clip ?net", 0, id="nothing sure"),
    ],
)
def test_clip_out_of_place(text: str, expected: int) -> None:
    assert reports(text) == ["misplaced-gradient-clip opt"] * expected
