"""Mixed precision: unscale before clipping, step through the scaler, update after the step."""

from __future__ import annotations

import pytest

from lintnn.events import violations
from tests.events.notation import module, optimizer, symbolic, trace

TWO = {
    "net": module(),
    "other": module(),
    "opt": optimizer("net"),
    "second": optimizer("other"),
    "scaler": symbolic("scaler"),
}
GOOD = "for data:\n  clear opt\n  backward net scaled\n  unscale scaler opt\n  clip net\n  step opt scaler scaled\n  update scaler"


def reports(text: str, **objects: dict[str, object]) -> list[str]:
    return [f"{one.machine} {one.label}" for one in violations(trace(text, **objects))]


def test_the_documented_order_is_quiet() -> None:
    assert reports(GOOD) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(GOOD.replace("  unscale scaler opt\n", ""), ["clip-before-unscale opt"], id="no unscale"),
        pytest.param(
            "for data:\n  clear opt\n  backward net scaled\n  clip net\n  unscale scaler opt\n  step opt scaled\n  update scaler",
            ["clip-before-unscale opt"],
            id="unscaled after the clip",
        ),
        pytest.param(GOOD.replace("scaled\n  update", "plain\n  update"), [], id="plain step after unscale"),
        pytest.param(
            "for data:\n  clear opt\n  backward net scaled\n  step opt plain\n  update scaler",
            ["unscaled-optimizer-step opt"],
            id="plain step",
        ),
        pytest.param("for data:\n  clear opt\n  backward net unknown\n  step opt plain", [], id="scaled or not is not known"),
        pytest.param(
            "for data:\n  clear opt\n  backward net scaled\n  step opt scaled",
            ["missing-scaler-update opt"],
            id="no update",
        ),
        pytest.param(
            "for data:\n  clear opt\n  backward net scaled\n  unscale scaler opt\n  if finite:\n    step opt scaled\n    update scaler",
            ["missing-scaler-update opt"],
            id="update skipped after unscale",
        ),
        pytest.param("for data:\n  clear opt\n  backward net scaled\n  step opt scaled\n  unknown scaler", [], id="unknown callee"),
    ],
)
def test_scaler_protocol(text: str, expected: list[str]) -> None:
    assert reports(text) == expected


def test_one_update_serves_two_optimizers() -> None:
    text = """
    for data:
      clear opt
      clear second
      backward net other scaled
      unscale scaler opt
      unscale scaler second
      clip net
      clip other
      step opt scaler scaled
      step second scaler scaled
      update scaler
    """
    assert reports(text, **TWO) == []


def test_unscaling_one_optimizer_does_not_unscale_the_other() -> None:
    text = """
    for data:
      clear opt
      clear second
      backward net other scaled
      unscale scaler opt
      clip net
      clip other
      step opt scaler scaled
      step second scaler scaled
      update scaler
    """
    assert reports(text, **TWO) == ["clip-before-unscale second"]
