"""Each mutator puts exactly its bug into small training code, and leaves other code alone."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import pytest

from tests.mutants import run
from tests.mutants.mutators import MUTATORS, Mutant, all_mutants

BY_NAME = {mutator.name: mutator for mutator in MUTATORS}

TRAINING = """\
import torch
import torch.nn.functional as F
from torch import nn

criterion = nn.CrossEntropyLoss().cuda()
bce = nn.BCEWithLogitsLoss()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])

    def forward(self, x):
        x = F.dropout(x, 0.5, training=self.training)
        return F.log_softmax(x, dim=1)


def train(model, loader, optimizer, scaler, state):
    model.train()
    total = 0
    for x, y in loader:
        state = state.detach()
        optimizer.zero_grad()
        loss = criterion(model(x) + 1, y) + bce(x, y) + F.nll_loss(x, y)
        scaler.scale(loss)
        loss.backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scaler.update()
        total += loss.item()


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    return [model(x) for x, y in loader]
"""

CHANGES = {
    "drop-clear": ["-        optimizer.zero_grad()", "+        pass"],
    "clear-before-step": ["-        optimizer.zero_grad()", "+        optimizer.zero_grad()"],
    "step-before-backward": ["+        optimizer.step()", "-        optimizer.step()"],
    "drop-backward": ["-        loss.backward()", "+        pass"],
    "drop-step": ["-        optimizer.step()", "+        pass"],
    "drop-unscale": ["-        scaler.unscale_(optimizer)", "+        pass"],
    "drop-scaler-update": ["-        scaler.update()", "+        pass"],
    "drop-eval": ["-    model.eval()", "+    pass"],
    "drop-train": ["-    model.train()", "+    pass"],
    "drop-no-grad": ["-@torch.no_grad()"],
    "dropout-ignores-mode": ["-        x = F.dropout(x, 0.5, training=self.training)", "+        x = F.dropout(x, 0.5)"],
    "softmax-before-cross-entropy": [
        "-        loss = criterion(model(x) + 1, y) + bce(x, y) + F.nll_loss(x, y)",
        "+        loss = criterion((model(x) + 1).softmax(dim=1), y) + bce(x, y) + F.nll_loss(x, y)",
    ],
    "sigmoid-before-cross-entropy": [
        "-        loss = criterion(model(x) + 1, y) + bce(x, y) + F.nll_loss(x, y)",
        "+        loss = criterion((model(x) + 1).sigmoid(), y) + bce(x, y) + F.nll_loss(x, y)",
    ],
    "sigmoid-before-bce-with-logits": [
        "-        loss = criterion(model(x) + 1, y) + bce(x, y) + F.nll_loss(x, y)",
        "+        loss = criterion(model(x) + 1, y) + bce(x.sigmoid(), y) + F.nll_loss(x, y)",
    ],
    "softmax-before-nll": ["-        return F.log_softmax(x, dim=1)", "+        return F.softmax(x, dim=1)"],
    "swap-loss-arguments": [
        "-        loss = criterion(model(x) + 1, y) + bce(x, y) + F.nll_loss(x, y)",
        "+        loss = criterion(y, model(x) + 1) + bce(x, y) + F.nll_loss(x, y)",
    ],
    "keep-graph": ["-        total += loss.item()", "+        total += loss"],
    "keep-hidden-state": ["-        state = state.detach()", "+        state = state"],
    "plain-list": [
        "-        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])",
        "+        self.layers = [nn.Linear(4, 4) for _ in range(2)]",
    ],
    "drop-super-init": ["-        super().__init__()", "+        pass"],
}


def mutants(name: str, source: str) -> list[Mutant]:
    return list(all_mutants([BY_NAME[name]], source))


def changed_lines(after: str) -> list[str]:
    diff = difflib.unified_diff(TRAINING.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in diff if line[0] in "+-" and not line.startswith(("+++", "---"))]


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_mutator_changes_its_line_only(name: str) -> None:
    (made,) = mutants(name, TRAINING)
    assert changed_lines(made.source) == CHANGES[name]


def test_every_call_of_a_training_step_is_dropped() -> None:
    (made,) = mutants("drop-call", TRAINING)
    assert [line for line in changed_lines(made.source) if line[0] == "+"] == [
        "+        optimizer.zero_grad",
        "+        loss.backward",
        "+        optimizer.step",
    ]


def test_a_block_without_gradient_becomes_an_ordinary_one() -> None:
    source = "import torch\ndef evaluate(model, x):\n    # once\n    with torch.no_grad():\n        return model(x)\n"
    (made,) = mutants("drop-no-grad", source)
    assert made.source == source.replace("with torch.no_grad():", "if True:")
    assert made.line == 4


def test_module_level_loops_are_mutated_too() -> None:
    source = "for x in loader:\n    optimizer.zero_grad()\n    model(x).backward()\n    optimizer.step()\n"
    assert [mutant.line for mutant in mutants("drop-clear", source)] == [2]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_code_without_training_has_no_mutants(name: str) -> None:
    assert mutants(name, "def add(a, b):\n    return a + b\n") == []


def test_every_mutator_has_an_example() -> None:
    assert set(CHANGES) | {"drop-call"} == set(BY_NAME)


FAKE = """
import json, pathlib
found = [{"code": "NN101", "filename": str(path), "location": {"row": 1, "column": 1}}
         for path in sorted(pathlib.Path(".").rglob("*.py")) if "zero_grad" not in path.read_text()]
print(json.dumps(found))
"""


def test_hits_and_silent_originals_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text(TRAINING)
    fake = tmp_path / "fake.py"
    fake.write_text(FAKE)
    names = ("drop-clear", "drop-eval")
    arguments = [str(tmp_path / "code"), "--missed", "--mutator", *names, "--command", sys.executable, str(fake)]
    assert run.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "hits    1/1    original silent    1/1" in printed
    assert "missed: drop-eval" in printed
    assert "hits    1/2    original silent    2/2" in printed
