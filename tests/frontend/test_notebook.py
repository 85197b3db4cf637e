"""Notebooks: cells, magics, one scope."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lintnn.frontend.ir import Cell, Problem
from lintnn.frontend.lower import lower_file
from lintnn.frontend.notebook import mask
from tests.frontend.shapes import scopes


def notebook(*sources: str | list[str], **more: Any) -> bytes:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": cells, "nbformat": 4, **more}).encode()


def test_cells_share_one_scope_in_order() -> None:
    module = lower_file(notebook("x = 1", ["def f():\n", "    return x\n"]), "n.ipynb")
    assert (module.problems, scopes(module)) == ([], {"x": {"GLOBAL"}})
    assert module.cells == [Cell(1, 0), Cell(2, 3)]
    assert module.lines == 3


def test_a_broken_cell_is_skipped() -> None:
    module = lower_file(notebook("x = 1", "y = (", "z = x"), "n.ipynb")
    assert (len(module.body), [cell.number for cell in module.cells]) == (2, [1, 3])
    (problem,) = module.problems
    assert (problem.cell, problem.row) == (2, 1)


def test_a_cell_that_nests_too_deeply_gives_its_ordinals_back() -> None:
    deep = "".join(" " * level + "if a:\n" for level in range(99)) + " " * 99 + "pass\n"
    module = lower_file(notebook(deep, "z"), "n.ipynb")
    assert [cell.number for cell in module.cells] == [1, 2]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"\x00", b"[" * 100_000])
def test_broken_notebooks_give_one_problem(data: bytes) -> None:
    module = lower_file(data, "n.ipynb")
    assert (module.body, len(module.problems)) == ([], 1)
    assert isinstance(module.problems[0], Problem)


@pytest.mark.parametrize(
    ("document", "cells"),
    [
        ({}, [None]),
        ({"cells": 3}, [None]),
        ({"cells": None, "worksheets": []}, [None]),
        ({"worksheets": [1]}, [None]),
        ({"worksheets": []}, [None]),
        ({"cells": []}, []),
        ({"cells": [None, {"cell_type": "code", "source": 7}]}, [1, 2]),
        ({"cells": [{"source": "x"}, {"cell_type": "code", "source": ["x", None]}, {"cell_type": "code", "source": "\0"}]}, [1, 2, 3]),
        ({"cells": [{"cell_type": "markdown", "source": 7}, {"cell_type": "heading"}, {"cell_type": "code"}]}, []),
    ],
)
def test_what_is_no_notebook_or_no_cell_is_said(document: Any, cells: list[int | None]) -> None:
    assert [problem.cell for problem in lower_file(json.dumps(document).encode(), "n.ipynb").problems] == cells


def test_an_odd_cell_does_not_hide_the_others() -> None:
    cells: list[object] = [7, {"cell_type": "code", "source": "x = 1"}]
    module = lower_file(json.dumps({"cells": cells}).encode(), "n.ipynb")
    assert ([problem.cell for problem in module.problems], [cell.number for cell in module.cells]) == ([1], [2])


def test_old_notebooks_have_worksheets() -> None:
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}]}).encode()
    assert len(lower_file(data, "n.ipynb").body) == 1


def test_notebooks_of_other_languages_have_no_code() -> None:
    module = lower_file(notebook("x <- 1", metadata={"kernelspec": {"language": "R"}}), "n.ipynb")
    assert (module.body, module.problems) == ([], [])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("%matplotlib inline\nx = 1\n", "pass\nx = 1\n"),
        ("if x:\n    !pip install y\n", "if x:\n    pass\n"),
        ("files = !ls *.py\nt = %time f()", "files = None\nt = None"),
        ("torch.nn?\n?x\nx??\n", "pass\npass\npass\n"),
        ("%%bash\nls (\n", "\n\n"),
        ("\n%%time\nx = 1\n%ls\n", "\n\nx = 1\npass\n"),
        ("!echo it's (\nx = 1\n", "pass\nx = 1\n"),
        ("!pip install a \\\n  b\nx = 1\n", "pass\n\nx = 1\n"),
        ("x = '''\n%not magic\n'''\n%yes\n", "x = '''\n%not magic\n'''\npass\n"),
        ("x = ('%d'\n  % y)\n", "x = ('%d'\n  % y)\n"),
        ("x = a \\\n  % b\n", "x = a \\\n  % b\n"),
        ("x = y if z else '?'\n", "x = y if z else '?'\n"),
    ],
)
def test_magics_are_masked_and_lines_stay(text: str, masked: str) -> None:
    assert mask(text) == masked
