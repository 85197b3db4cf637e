"""The map from cell rows to raw JSON lines."""

from __future__ import annotations

import json

from tests.real_bugs.notebook_lines import raw_lines


def test_each_row_of_each_cell_has_its_line() -> None:
    book = {
        "cells": [{"cell_type": "markdown", "source": ["# title"]}, {"outputs": [{"text": ["x"]}], "source": ["a = 1\n", "\n", "b = 2"]}]
    }
    text = json.dumps(book, indent=1)
    lines = text.split("\n")
    found = raw_lines(text)
    assert set(found) == {(1, 1), (2, 1), (2, 2), (2, 3)}
    assert '"b = 2"' in lines[found[2, 3] - 1]
    assert '"# title"' in lines[found[1, 1] - 1]


def test_a_source_in_one_string_lies_on_one_line() -> None:
    assert raw_lines('{"nbformat": 4,\n"cells": [{"source": "a\\nb\\n"}]}') == {(1, 1): 2, (1, 2): 2}


def test_an_empty_cell_has_no_rows_and_still_counts() -> None:
    assert raw_lines('{"cells": [{"source": []},\n{"source": ["a"]}]}') == {(2, 1): 2}


def test_broken_json_gives_no_map() -> None:
    assert raw_lines('{"cells": [') == {}
    assert raw_lines("") == {}
    assert raw_lines("[]") == {}
