"""A small project with findings of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lintnn.config.rulebook import Family, Needs, Rule, Rulebook
from lintnn.config.settings import OutputFormat
from lintnn.findings import Confidence, Edit, Finding, Fix, FixKind, Related, Severity, Span
from lintnn.report import reporter
from lintnn.report.context import ReportContext
from lintnn.report.sources import Sources
from lintnn.report.terminal import Palette

MODEL = """\
import torch.nn.functional as F


class Net:
    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)
"""
TRAIN = """\
from model import Net

criterion = nn.CrossEntropyLoss()
model = Net()
for images, labels in loader:
    outputs = model(images)
    loss = criterion(outputs, labels)
    loss.backward()
"""
NOTEBOOK = {"cells": [{"cell_type": "markdown", "source": "# Title"}, {"cell_type": "code", "source": ["x = 1\n", "x.float()\n"]}]}

BOOK = Rulebook(
    [
        Rule(
            "NN301", "softmax-before-cross-entropy", Family.LOSSES, Severity.ERROR, Confidence.HIGH, Needs.VALUES, FixKind.UNSAFE, "Twice."
        ),
        Rule("NN503", "discarded-tensor-result", Family.DTYPES, Severity.WARNING, Confidence.MEDIUM, Needs.VALUES, FixKind.SAFE, "Lost."),
        Rule("NN101", "missing-zero-grad", Family.TRAINING, Severity.NOTE, Confidence.LOW, Needs.EVENTS, FixKind.NONE, "Not cleared."),
    ]
)


def span(path: str, row: int, column: int, end_column: int, end_row: int | None = None, cell: int | None = None) -> Span:
    return Span(path, row, column, end_row or row, end_column, cell)


CROSS_FILE = Finding(
    code="NN301",
    name="softmax-before-cross-entropy",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    message="`nn.CrossEntropyLoss` applies log-softmax itself, but its input has been through `softmax`.",
    why="The loss cannot fall below 1.46.",
    advice="Return the raw scores.",
    span=span("train.py", 7, 22, 29),
    related=(
        Related(span("model.py", 6, 16, 44), "`softmax` is applied here"),
        Related(span("train.py", 6, 15, 28), "the result becomes `outputs`"),
        Related(span("train.py", 3, 13, 34), "this loss expects raw scores"),
    ),
    fingerprint="f1",
    symbol="train",
    fix=Fix(FixKind.UNSAFE, "Return the raw scores", (Edit(span("model.py", 6, 16, 44), "self.fc(x)"),)),
)
IN_NOTEBOOK = Finding(
    code="NN503",
    name="discarded-tensor-result",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    message="The result of `float` is thrown away.",
    why="Tensors are not changed in place.",
    advice="Assign it.",
    span=span("nb.ipynb", 2, 1, 10, cell=2),
    related=(Related(span("nb.ipynb", 1, 1, 2, cell=2), "`x` is made here"),),
    fingerprint="f2",
)
SEVERAL_LINES = Finding(
    code="NN101",
    name="missing-zero-grad",
    severity=Severity.NOTE,
    confidence=Confidence.LOW,
    message="Gradients: 100 % kept,\nnever cleared.",
    why="",
    advice="",
    span=span("train.py", 5, 1, 20, end_row=8),
    related=(),
    fingerprint="f2",
)
ALL = (IN_NOTEBOOK, SEVERAL_LINES, CROSS_FILE)

Render = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "nb.ipynb").write_text(json.dumps(NOTEBOOK))
    return tmp_path


@pytest.fixture
def render(project: Path) -> Render:
    def shown(
        name: OutputFormat,
        findings: Sequence[Finding] = ALL,
        width: int = 100,
        colour: bool = False,
        files: int = 14,
        given: dict[str, bytes] | None = None,
        errors: tuple[str, ...] = (),
    ) -> str:
        context = ReportContext(
            rulebook=BOOK, version="1.2.3", files=files, errors=errors, palette=Palette(colour), width=width, sources=Sources(given)
        )
        return "".join(reporter(name)(findings, context))

    return shown
