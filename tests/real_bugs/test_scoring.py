"""Hits and silence on small invented versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.process import JsonFinding, Position, RelatedFinding
from tests.real_bugs.manifest import Row
from tests.real_bugs.scoring import Carrier, Score, Version, score

CLASSES = {"NN101": frozenset({"missing-zero-grad"}), "NN301": frozenset({"softmax"})}
PARENT = "".join(f"line {number}\n" for number in range(1, 21))
FIXED = PARENT.replace("line 10\n", "line 10\nzero_grad\n")


def row(**changes: object) -> Row:
    facts: dict[str, object] = {
        "id": "X1",
        "label": "missing-zero-grad",
        "repo": "owner/name",
        "parent": "a" * 40,
        "fix_commit": "b" * 40,
        "path": "train.py",
        "before_lines": (10,),
    }
    return Row(**(facts | changes))  # type: ignore[arg-type]


def finding(line: int, *related: int, code: str = "NN101", path: str = "train.py", other: str = "train.py") -> JsonFinding:
    places = tuple(RelatedFinding(other, Position(place, 1)) for place in related)
    return JsonFinding(code, path, Position(line, 1), related=places)


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    for name, text in (("parent", PARENT), ("fixed", FIXED)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.py").write_text(text)
        (tmp_path / name / "model.py").write_text(PARENT)
    return tmp_path / "parent", tmp_path / "fixed"


def judged(versions: tuple[Path, Path], before: list[JsonFinding], after: list[JsonFinding], **changes: object) -> Score:
    parent, fixed = versions
    return score(row(**changes), Version(parent, before), Version(fixed, after), CLASSES)


@pytest.mark.parametrize(("line", "by"), [(8, "primary"), (12, "primary"), (7, ""), (13, "")])
def test_a_hit_lies_within_two_lines(versions: tuple[Path, Path], line: int, by: str) -> None:
    assert judged(versions, [finding(line)], []).by == by


def test_a_related_place_hits_too(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(3, 11)], []).by == "related"


def test_the_primary_place_wins_over_a_related_one(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(3, 11), finding(10)], []).by == "primary"


def test_a_rule_that_does_not_name_the_class_is_no_hit(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10, code="NN301")], []).hits == ()


def test_another_file_is_no_hit(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10, path="model.py")], []).hits == ()


def test_no_report_after_the_fix_is_silence(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10)], []).silent is True


def test_a_report_at_the_carried_line_breaks_the_silence(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(12)], [finding(13)]).silent is False


def test_a_report_inside_the_changed_hunk_breaks_the_silence(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10)], [finding(11)], before_lines=(10, 20)).silent is False


def test_a_report_at_the_carried_primary_of_a_hit_by_related_place_breaks_the_silence(versions: tuple[Path, Path]) -> None:
    before, after = finding(3, 10, path="model.py"), finding(3, path="model.py")
    assert judged(versions, [before], [after]).silent is False


def test_a_report_elsewhere_in_the_fixed_version_is_another_bug(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10)], [finding(18)]).silent is True


def test_another_rule_in_the_fixed_version_does_not_count(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10)], [finding(10, code="NN301")]).silent is True


def test_a_class_that_the_fix_left_is_exempt(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10)], [finding(10)], fixed_still_has=("missing-zero-grad",)).silent is True


def test_without_a_fix_silence_is_not_measured(versions: tuple[Path, Path]) -> None:
    parent, _ = versions
    assert score(row(fix_commit=None), Version(parent, [finding(10)]), None, CLASSES).silent is None


def test_a_trail_over_two_files_is_seen(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [finding(10, 4, other="model.py")], []).trail_names_both_files
    assert not judged(versions, [finding(10, 4)], []).trail_names_both_files


def test_a_file_that_the_fix_deleted_is_silent(versions: tuple[Path, Path]) -> None:
    (versions[1] / "train.py").unlink()
    assert judged(versions, [finding(10)], []).silent is True


def test_a_missing_path_is_named(versions: tuple[Path, Path]) -> None:
    assert judged(versions, [], [], path="gone.py").problem == "gone.py is not in the parent"


def test_lines_are_carried_over_the_diff() -> None:
    carrier = Carrier(["a", "b", "c", "d"], ["a", "new", "b", "d"])
    assert [carrier.carry(line) for line in (1, 2, 3, 4)] == [1, 3, None, 4]
    assert [carrier.changed(line) for line in (1, 2, 3, 4)] == [False, True, False, False]


def test_a_notebook_finding_is_scored_by_raw_lines(tmp_path: Path) -> None:
    (tmp_path / "book.ipynb").write_text(
        '{\n "cells": [\n  {\n   "source": [\n    "import torch\\n",\n    "loss.backward()"\n   ]\n  }\n ]\n}\n'
    )
    found = JsonFinding("NN101", "book.ipynb", Position(2, 1), cell=1)
    version = Version(tmp_path, [found])
    assert version.located[0].primary.line == 6
    assert score(row(path="book.ipynb", before_lines=(6,), fix_commit=None), version, None, CLASSES).by == "primary"
