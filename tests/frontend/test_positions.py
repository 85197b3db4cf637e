"""Ordinals become rows and columns."""

from __future__ import annotations

import json

import pytest

from lintnn.findings import Span
from lintnn.frontend.ir import Assign, Call, ClassDef, ExprStmt, FunctionDef, Module, Node
from lintnn.frontend.lower import lower_file
from lintnn.frontend.positions import spans
from tests.frontend.shapes import functions, walk


def span_of(text: str, ordinal: int) -> Span:
    return spans(text.encode(), "x.py", "x.py", [ordinal])[ordinal]


def excerpt(text: str, span: Span) -> str:
    lines = text.splitlines(keepends=True)[span.row - 1 : span.end_row]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "".join(lines)


def excerpts(text: str, kind: type[Node]) -> list[str]:
    module = lower_file(text.encode(), "x.py")
    assert module.problems == []
    ordinals = [node.at for node in walk(module) if isinstance(node, kind)]
    found = spans(text.encode(), "x.py", "x.py", ordinals)
    return [excerpt(text, found[ordinal]) for ordinal in ordinals]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_calls_and_statements(end: str) -> None:
    text = end.join(["if x:", "\ty = f(", "\t\tg('é𝄞', 1)", "\t)", "\ty.z() ; w()", ""])
    assert excerpts(text, Call) == [end.join(["f(", "\t\tg('é𝄞', 1)", "\t)"]), "g('é𝄞', 1)", "y.z()", "w()"]
    assert excerpts(text, ExprStmt) == ["y.z()", "w()"]
    assert excerpts(text, Assign) == [end.join(["y = f(", "\t\tg('é𝄞', 1)", "\t)"])]


def test_columns_count_code_points_from_one() -> None:
    text = "é = '𝄞' + f(1)\n"
    (ordinal,) = [node.at for node in walk(lower_file(text.encode(), "x.py")) if isinstance(node, Call)]
    assert span_of(text, ordinal) == Span("x.py", 1, 11, 1, 15)


def test_a_byte_order_mark_does_not_count() -> None:
    data = b"\xef\xbb\xbff(1)\n"
    assert spans(data, "x.py", "x.py", [0]) == {0: Span("x.py", 1, 1, 1, 5)}


def test_functions_and_classes_stand_for_their_headers() -> None:
    text = "@d\nclass C(B):\n    @e(1)\n    # why\n    async def f(self): return lambda: 1\n"
    found = functions(lower_file(text.encode(), "x.py"))
    assert excerpt(text, span_of(text, found["C.f"].at)) == "async def f"
    assert excerpt(text, span_of(text, found["C.f.<locals>.<lambda>"].at)) == "lambda: 1"
    (definition,) = [node for node in walk(lower_file(text.encode(), "x.py")) if isinstance(node, ClassDef)]
    assert excerpt(text, span_of(text, definition.definition.at)) == "class C"


def test_the_statement_of_a_definition_is_all_of_it() -> None:
    text = "def f():\n    return 1\n"
    assert excerpts(text, FunctionDef) == ["def f():\n    return 1"]


def test_ordinals_that_do_not_exist_are_left_out() -> None:
    assert spans(b"x\n", "x.py", "x.py", [7, -1]) == {}
    assert spans(b"def\n", "x.py", "x.py", [0]) == {}


def test_long_chains_have_positions() -> None:
    text = " + ".join(["f(a)"] * 500)
    assert span_of(text, 0) == Span("x.py", 1, 1, 1, 7 * 500 - 2)


def test_every_ordinal_has_a_span() -> None:
    text = "class C(B, k=1):\n  def f(self, *a: T, x=1) -> R:\n    x: int = f'{a!r:>{x}}' 'b'\n    match a:\n      case 1: del x[1:, 2]\n"
    module: Module = lower_file(text.encode(), "x.py")
    ordinals = {node.at for node in walk(module) if hasattr(node, "at")}
    assert spans(text.encode(), "x.py", "x.py", ordinals).keys() == ordinals


def test_notebook_positions_count_within_the_cell() -> None:
    sources = ["import torch\n", "# text", "%time\n!ls\nf(1)\n"]
    cells = [{"cell_type": kind, "source": source} for kind, source in zip(["code", "markdown", "code"], sources, strict=True)]
    data = json.dumps({"cells": cells}).encode()
    (ordinal,) = [node.at for node in walk(lower_file(data, "n.ipynb")) if isinstance(node, Call)]
    assert spans(data, "n.ipynb", "n.ipynb", [ordinal]) == {ordinal: Span("n.ipynb", 3, 1, 3, 5, 3)}
