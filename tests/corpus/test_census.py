"""The census counts names under every import spelling, and tells known from unknown ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.corpus import census

PROGRAM = """
import torch
import torch.nn.functional as F
from torch import nn, softmax as soft
from torch.nn import Linear


class Net(nn.Module):
    def forward(self, x: torch.Tensor):
        y = F.softmax(soft(x, 1), dim=1).unsqueeze(0)
        z = "a b".split()
        return torch.mystery(Linear(3, 4)(y)).masked_fill(y > 0, 0).enigma()
"""


def test_names_are_counted_under_every_spelling(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(PROGRAM)
    (tmp_path / "broken.py").write_text("import torch\ndef (")
    (tmp_path / "other.py").write_text("import numpy\nnumpy.zeros(3)")
    counted = census.count(tmp_path)
    assert counted.qualified == {
        "torch.nn.functional.softmax": 1,
        "torch.softmax": 1,
        "torch.nn.Module": 1,
        "torch.nn.Linear": 1,
        "torch.mystery": 1,
    }
    assert counted.methods == {"unsqueeze": 1, "masked_fill": 1}


def test_the_share_says_what_is_missing() -> None:
    result = census.share(Counter({"a": 3, "b": 1}), lambda name: name == "a")
    assert (result.uses, result.known, result.fraction) == (4, 3, 0.75)
    assert result.missing == (("b", 1),)
    assert census.share(Counter(), lambda name: False).fraction == 1.0


def test_the_tables_know_the_names_of_a_usual_program(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(PROGRAM)
    counted = census.count(tmp_path)
    assert census.known_shares(counted)[0].missing == (("torch.mystery", 1),)
    assert census.known_shares(counted)[1].missing == ()
