"""The interpreter knows of every marked line exactly what the suites say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suites.observing import Observation, observe
from tests.suites.reading import Case, Mark, read_cases

FOLDER = Path(__file__).resolve().parent / "suites" / "values"
CASES = [pytest.param(case, id=f"{path.stem}: {case.title}") for path in sorted(FOLDER.glob("*.md")) for case in read_cases(path)]


def known(mark: Mark, observations: list[Observation]) -> str:
    """What the interpreter says about a marked line: of the outermost expression on it that it told of."""
    here = [seen for seen in observations if (seen.span.path, seen.span.row) == (mark.file, mark.row)]
    first = min((seen.span.column for seen in here), default=0)
    widest = max((seen.span.end_column for seen in here if seen.span.column == first), default=0)
    texts = [seen.range if mark.range else seen.text for seen in here if (seen.span.column, seen.span.end_column) == (first, widest)]
    return " / ".join(dict.fromkeys(texts)) if mark.whole else (texts or ["nothing"])[0]


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    observations = observe(case.files)
    wrong = [
        f"{mark.file}:{mark.row}: {case.files[mark.file].splitlines()[mark.row - 1].strip()}\n  expected {mark.text}\n  known    {got}"
        for mark in case.marks
        if (got := known(mark, observations)) != mark.text
    ]
    assert not wrong, "\n".join(wrong)


def test_every_case_says_something() -> None:
    cases = [case for path in sorted(FOLDER.glob("*.md")) for case in read_cases(path)]
    assert [case.title for case in cases if not case.marks] == []
    assert sum(len(case.marks) for case in cases) >= 250
