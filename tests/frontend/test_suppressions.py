"""Comments that ask for silence."""

from __future__ import annotations

import json

import pytest

from lintnn.frontend.ir import Suppression
from lintnn.frontend.lower import lower_file


def found(text: str) -> list[Suppression]:
    return lower_file(text.encode(), "x.py").suppressions


@pytest.mark.parametrize(
    ("comment", "rules", "form"),
    [
        ("# lintnn: ignore[NN101, missing-zero-grad]", ["NN101", "missing-zero-grad"], "lintnn"),
        ("# lintnn: ignore", [], "lintnn"),
        ("#lintnn:ignore[NN1]", ["NN1"], "lintnn"),
        ("# lintnn: ignore-file[NN301]", ["NN301"], "file"),
        ("# lintnn: ignore-file", [], "file"),
        ("# noqa: NN101,E501", ["NN101"], "noqa"),
        ("# NOQA: e501 nn101", ["NN101"], "noqa"),
    ],
)
def test_forms(comment: str, rules: list[str], form: str) -> None:
    assert found(f"x = 1  {comment}\n") == [Suppression(rules, 1, 8, 8 + len(comment), None, form)]


@pytest.mark.parametrize("text", ["# noqa", "# noqa: E501", "x = '# lintnn: ignore'", '"""\n# lintnn: ignore\n"""', "# lintnn: ignored"])
def test_not_ours(text: str) -> None:
    assert found(text + "\n") == []


def test_places() -> None:
    text = "x = '#'  # lintnn: ignore[NN101]\r\n\r\ny = 2  # type: ignore  # noqa: NN2 # lintnn: ignore[NN3]\r\n"
    assert [(item.row, item.column, item.rules) for item in found(text)] == [(1, 10, ["NN101"]), (3, 36, ["NN3"]), (3, 24, ["NN2"])]


def test_files_that_do_not_parse_keep_their_suppressions() -> None:
    assert len(found("x = (  # lintnn: ignore\n")) == 1


def test_cells() -> None:
    cells = [{"cell_type": "code", "source": source} for source in ("x", "y\nz  # lintnn: ignore")]
    (item,) = lower_file(json.dumps({"cells": cells}).encode(), "n.ipynb").suppressions
    assert (item.cell, item.row, item.column) == (2, 2, 4)
