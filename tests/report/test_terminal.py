"""Colours and the progress bar appear where a person looks, and nowhere else."""

from __future__ import annotations

import io

import pytest

from lintnn.report import progress
from lintnn.report.progress import ProgressBar
from lintnn.report.terminal import visible, wants_colour, wrap


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_when_there_are_colours(stream: io.StringIO, environment: dict[str, str], wanted: bool) -> None:
    assert wants_colour(stream, environment) is wanted


def test_wrapping_keeps_code_together_and_counts_wide_characters() -> None:
    assert wrap("call `optimizer.zero_grad() once` now", 20) == ["call", "`optimizer.zero_grad() once`", "now"]
    assert wrap("一二三 四五六 七八九", 13) == ["一二三 四五六", "七八九"]
    assert wrap("", 10) == []


def test_visible_keeps_letters_of_all_scripts() -> None:
    assert visible("ünïcode 模型 e\u0301") == "ünïcode 模型 e\u0301"
    assert visible("a\nb\x7f\u2066") == "a␊b␡\ufffd"


def run_for(seconds: float, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, term: str = "xterm") -> str:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    bar = ProgressBar(stream, {"TERM": term})
    for step in range(11):
        now = 100.0 + seconds * step / 10
        bar.update(step, 10)
    bar.close()
    return stream.getvalue()


def test_the_bar_appears_on_long_runs_and_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    text = run_for(5.0, Terminal(), monkeypatch)
    assert "━" in text
    assert "10/10 files" in text
    assert text.endswith("\r\x1b[2K")


def test_the_bar_stays_away_from_short_runs_pipes_and_dumb_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_for(0.9, Terminal(), monkeypatch) == ""
    assert run_for(9.0, io.StringIO(), monkeypatch) == ""
    assert run_for(9.0, Terminal(), monkeypatch, "dumb") == ""
