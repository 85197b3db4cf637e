"""The unknown ledger: what counts as a sink, when it is known, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from lintnn import dev
from lintnn.ledger import KNOWN, Kind, Ledger, survey, table

PROJECT = Path(__file__).resolve().parent.parent


def ledger_of(folder: Path, **files: str) -> Ledger:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return survey(folder, [f"{name}.py" for name in files])


def causes(ledger: Ledger, kind: Kind) -> list[str]:
    return [sink.cause for sink in ledger.sinks(kind)]


BUILT = """
    import torch
    from torch import nn
    from torch.nn import functional as F

    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in torch.load("batches.pt"):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        for x, y in torch.load("batches.pt"):
            print(model(x))
"""


def test_what_is_built_in_sight_is_known(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, script=BUILT)
    assert {kind: causes(ledger, kind) for kind in Kind} == {Kind.LOSS: [KNOWN], Kind.STEP: [KNOWN], Kind.EVALUATION: [KNOWN]}


HANDED_IN = """
    import torch
    from torch import nn
    from torch.nn import functional as F


    def train(model, optimizer, batches):
        for x, y in batches:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


    def evaluate(model, batches):
        with torch.no_grad():
            return [model(x) for x, y in batches]


    def penalty(prediction, target):
        return F.mse_loss(prediction, target)
"""


def test_what_is_handed_in_is_not_known(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, loops=HANDED_IN)
    assert causes(ledger, Kind.LOSS) == ["module-known-by-path", "parameter"]
    assert causes(ledger, Kind.STEP) == ["optimizer-known-by-path"]
    assert causes(ledger, Kind.EVALUATION) == ["module-known-by-path"]


CALLER = """
    import torch
    from torch import nn

    from loops import evaluate, train

    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 3))
    train(model, torch.optim.SGD(model.parameters(), lr=0.1), torch.load("batches.pt"))
    evaluate(model, torch.load("batches.pt"))
"""


def test_one_caller_that_hands_in_known_objects_is_enough(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, loops=HANDED_IN, main=CALLER)
    assert causes(ledger, Kind.LOSS) == [KNOWN, "parameter"]
    assert causes(ledger, Kind.STEP) == [KNOWN]
    assert causes(ledger, Kind.EVALUATION) == [KNOWN]


@pytest.mark.parametrize(
    ("switch", "cause"),
    [
        ("model.eval()", KNOWN),
        ("model.train(False)", KNOWN),
        ("model.train(flag)", "mode-set-by-flag-or-alias"),
        ("print('evaluating')", "module-known-by-path"),
    ],
)
def test_the_mode_of_an_evaluated_module(tmp_path: Path, switch: str, cause: str) -> None:
    text = f"""
        import torch


        def evaluate(model, batches, flag):
            {switch}
            with torch.no_grad():
                for x in batches:
                    print(model(x))
    """
    assert causes(ledger_of(tmp_path, evaluation=text), Kind.EVALUATION) == [cause]


def test_a_criterion_that_is_handed_in_is_a_loss_that_is_not_known(tmp_path: Path) -> None:
    text = """
        import torch


        def compare(model, criterion, x, y):
            return criterion(model(x), y)
    """
    assert causes(ledger_of(tmp_path, comparison=text), Kind.LOSS) == ["loss-known-by-name"]


def test_what_only_looks_like_a_sink_is_none(tmp_path: Path) -> None:
    text = """
        import torch


        def train(helper, scheduler, batches):
            loss_function = helper.get_criterion("cpu", "mean")
            for x, y in batches:
                scheduler.step()
            with torch.no_grad():
                for x, y in batches:
                    print(helper.summary(x, y))
    """
    ledger = ledger_of(tmp_path, helpers=text)
    assert {kind: causes(ledger, kind) for kind in Kind} == {kind: [] for kind in Kind}


def test_files_that_cannot_matter_are_not_evaluated(tmp_path: Path) -> None:
    assert ledger_of(tmp_path, words="print('hello')\n").files == 0


def test_the_table_tells_shares_and_causes_the_most_frequent_first(tmp_path: Path) -> None:
    lines = list(table(ledger_of(tmp_path, loops=HANDED_IN), top=1))
    assert lines[0] == "1 files evaluated; 0 roots ran out of steps; 0 files failed"
    at = lines.index("loss inputs               0 of      2 known    0%")
    assert lines[at + 1 : at + 3] == ["       1  module-known-by-path", "       1  of 1 other causes"]


def test_the_command_prints_the_table_of_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["why-unknown", str(PROJECT / "tests" / "projects" / "segmentation")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("3 files evaluated;")
    assert "steps in loops            1 of      1 known  100%" in printed


def test_the_command_names_the_places_that_are_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lintnn.toml").touch()
    (tmp_path / "loops.py").write_text(dedent(HANDED_IN).lstrip(), encoding="utf-8")
    assert dev.main(["why-unknown", str(tmp_path), "--places"]) == 0
    assert capsys.readouterr().out.startswith(
        "loops.py:8: loss inputs: module-known-by-path\n"
        "loops.py:11: steps in loops: optimizer-known-by-path\n"
        "loops.py:16: evaluation forwards: module-known-by-path\n"
        "loops.py:20: loss inputs: parameter\n\n"
        "1 files evaluated;"
    )


def test_the_command_refuses_a_tree_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["why-unknown", str(tmp_path / "nowhere")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
