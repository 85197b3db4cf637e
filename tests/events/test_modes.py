"""Train and eval mode: evaluation in train mode, training left in eval mode."""

from __future__ import annotations

import pytest

from lintnn.events import violations
from lintnn.findings import Confidence
from tests.events.notation import module, optimizer, symbolic, trace

TRAIN_EPOCH = """
  for data:
    clear opt
    forward net
    backward net
    step opt
"""


MODE_AND_GRAPH = ["missing-eval-mode net", "missing-no-grad net"]


def reports(text: str, **objects: dict[str, object]) -> list[str]:
    return [f"{one.machine} {one.label}" for one in violations(trace(text, **objects))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for data:\n  forward net no-grad", ["missing-eval-mode net"], id="fresh module"),
        pytest.param("train net\nfor data:\n  forward net no-grad", [], id="train was asked for"),
        pytest.param("train net\nbackward net\nfor data:\n  forward net no-grad", ["missing-eval-mode net"], id="after training"),
        pytest.param("eval net\nfor data:\n  forward net no-grad", [], id="after eval"),
        pytest.param("eval net\ntrain net\nbackward net\nforward net no-grad", ["missing-eval-mode net"], id="after eval and training"),
        pytest.param("train ?net unknown\nforward net no-grad", [], id="mode flag"),
        pytest.param("eval ?net\nforward net no-grad", [], id="eval of what may be it"),
        pytest.param("unknown net\nforward net no-grad", [], id="unknown callee"),
        pytest.param("forward net any-grad", [], id="gradients not known"),
        pytest.param("forward net", [], id="gradients on"),
        pytest.param(
            "train net\nfor data:\n  forward net\n  backward net\nfor data:\n  forward net", MODE_AND_GRAPH, id="validation with gradients"
        ),
        pytest.param("for epochs:\n  for data:\n    forward net\n  backward net", [], id="a loss summed over batches"),
        pytest.param("if phase:\n  train net\nelse:\n  eval net\nif phase:\n  unknown\nelse:\n  forward net no-grad", [], id="phase"),
    ],
)
def test_evaluation_in_train_mode(text: str, expected: list[str]) -> None:
    assert reports(text) == expected


def test_eval_in_one_arm_only_is_a_choice() -> None:
    (found,) = violations(trace("if final:\n  eval net\nforward net no-grad"))
    assert (found.machine, found.choices, [step.role for step in found.steps]) == ("missing-eval-mode", 1, ["forward"])


def test_mode_on_entry_is_an_assumption_not_a_fact() -> None:
    (found,) = violations(trace("for data:\n  forward net no-grad", net=symbolic("module")))
    assert (found.machine, found.assumption) == ("missing-eval-mode", "mode at entry")
    assert found.loop is not None
    assert found.loop.role == "evaluation"


def test_modules_that_come_in_eval_mode() -> None:
    assert reports("forward net no-grad", net=module(initial_mode="eval")) == []


def test_mode_of_a_module_is_that_of_its_parts() -> None:
    nested = {"head": module(), "net": module("head")}
    assert reports("eval net\nforward head no-grad", **nested) == []
    assert reports("eval net\ntrain net\nbackward net\nforward head no-grad", **nested) == ["missing-eval-mode head"]
    assert reports("forward head no-grad\nforward net no-grad", **nested) == ["missing-eval-mode net"]


def test_a_parent_with_unknown_parts_may_have_set_the_mode() -> None:
    assert reports("eval parent\nforward net no-grad", net=module(), parent=symbolic("module")) == []


def test_train_at_the_start_of_the_epoch_but_evaluation_within_the_batch_loop() -> None:
    text = """
    for epochs:
      train net
      for data:
        clear opt
        forward net
        backward net
        step opt
        if i % 100 == 0:
          call report:
            call validate:
              call run_epoch:
                eval net
                for data:
                  forward net no-grad
                return
    """
    (found,) = violations(trace(text, net=symbolic("module"), opt=optimizer("net")))
    assert (found.machine, found.assumption) == ("missing-train-mode", "")
    assert [(step.role, step.event.at.at) for step in found.steps] == [
        ("train", 2),
        ("backward", 6),
        ("eval", 12),
        ("forward", 5),
        ("backward", 6),
        ("step", 7),
    ]
    assert (found.primary.at, found.choices, found.confidence) == (12, 1, Confidence.HIGH)


def test_train_before_the_epochs_only() -> None:
    text = f"train net\nfor epochs:{TRAIN_EPOCH}  eval net\n  for data:\n    forward net no-grad"
    assert reports(text) == ["missing-train-mode net"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"for epochs:\n  train net{TRAIN_EPOCH}  eval net", id="train at the start of the epoch"),
        pytest.param(f"for epochs:{TRAIN_EPOCH}  eval net\n  train net", id="train after the evaluation"),
        pytest.param(f"for epochs:{TRAIN_EPOCH}  eval net\n  train ?net unknown", id="the mode is restored from a flag"),
        pytest.param(f"for epochs:{TRAIN_EPOCH}  eval net\n  unknown net", id="an unknown callee may restore it"),
        pytest.param(f"for epochs:{TRAIN_EPOCH}eval net\nforward net no-grad", id="eval after the last epoch"),
        pytest.param(f"eval net\nfor epochs:{TRAIN_EPOCH}", id="trained in eval mode from the start"),
        pytest.param(
            f"for epochs:\n  train net{TRAIN_EPOCH}  eval net\n  for data:\n    forward net\n    backward net", id="attack in evaluation"
        ),
        pytest.param(f"for epochs:\n  build net{TRAIN_EPOCH}  eval net", id="a new model each time"),
        pytest.param(f"for epochs:\n  try:\n    eval net\n  finally:\n    train net{TRAIN_EPOCH}", id="restored in a finally"),
    ],
)
def test_training_resumes_in_train_mode(text: str) -> None:
    assert reports(text) == []


def test_train_in_one_arm_only() -> None:
    text = f"for epochs:\n  if first:\n    train net{TRAIN_EPOCH}  eval net"
    (found,) = violations(trace(text))
    assert (found.machine, found.choices) == ("missing-train-mode", 1)


def test_a_second_network_in_eval_mode_is_another_slot() -> None:
    objects = {"net": module(), "teacher": module(), "opt": optimizer("net")}
    assert reports(f"eval teacher\nfor epochs:\n  train net{TRAIN_EPOCH}  forward teacher no-grad", **objects) == []


def test_graphs_of_an_evaluation_are_kept_after_eval() -> None:
    assert reports("eval net\nfor data:\n  forward net") == ["missing-no-grad net"]
    assert reports("eval net\nforward net") == ["missing-no-grad net"]
    assert reports("eval net\nforward net\nbackward net") == []
    assert reports("eval net\nfor data:\n  forward net\n  unknown anything") == []
    assert reports("eval net\nfor data:\n  forward net no-grad") == []


def test_graphs_after_training_are_an_assumption() -> None:
    found = violations(trace("for data:\n  forward net\n  backward net\nfor data:\n  forward net", net=symbolic("module")))
    assert [(one.machine, one.assumption) for one in found] == [("missing-no-grad", "evaluated after training")]
