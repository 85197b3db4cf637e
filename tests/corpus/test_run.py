"""The corpus runner over one invented package and an invented analyser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.corpus import run
from tests.corpus.packages import load_packages

STEADY = 'print(\'[{"code": "NN103", "filename": "a.py", "location": {"row": 1, "column": 1}, "message": "said"}]\')\nraise SystemExit(1)\n'
UNSTEADY = "import sys\nprint([len(sys.argv), '4' in sys.argv])\n"
BROKEN = "raise RuntimeError('lost')\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus" / load_packages()[0].folder
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("optimizer.step()\n")
    return tmp_path / "corpus"


def run_with(corpus: Path, analyser: str, *options: str) -> int:
    script = corpus.parent / "analyser.py"
    script.write_text(analyser)
    return run.main([str(corpus), "--package", load_packages()[0].name, *options, "--command", sys.executable, str(script)])


def test_findings_are_counted_and_shown(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_with(corpus, STEADY, "--show", "5") == 0
    printed = capsys.readouterr().out
    assert "1 findings in" in printed
    assert "unjudged: 1" in printed
    assert ">     1 optimizer.step()" in printed


def test_steady_output_is_deterministic(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_with(corpus, STEADY, "--determinism") == 0
    assert "1 packages compared, 0 differences" in capsys.readouterr().out


def test_output_that_depends_on_the_processes_is_named(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_with(corpus, UNSTEADY, "--determinism") == 1
    assert "4 processes differs" in capsys.readouterr().out


def test_an_analyser_that_dies_is_trouble(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_with(corpus, BROKEN) == 1
    assert "trouble: exit code 1: RuntimeError: lost" in capsys.readouterr().out
