"""Odd bytes: what can be read is read, the rest gives one clear problem."""

from __future__ import annotations

import warnings

import pytest

from lintnn.frontend.ir import Assign, Literal, Problem
from lintnn.frontend.lower import lower_file
from lintnn.frontend.source import decode


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfx = '\xc3\xa9'\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nx = '\xe9'\n",
        b"\rx = '\xc3\xa9'\r",
        b"x = '\xc3\xa9'",
        b"\x0cx = '\xc3\xa9'\n",
    ],
)
def test_encodings_and_line_ends(data: bytes) -> None:
    module = lower_file(data, "x.py")
    (statement,) = module.body
    assert isinstance(statement, Assign)
    assert isinstance(statement.value, Literal)
    assert (module.problems, statement.value.value) == ([], "é")


@pytest.mark.parametrize("data", [b"", b"\n", b"# comment", b"\r\n\r\n", b"\xef\xbb\xbf", b"\\\n"])
def test_nothing(data: bytes) -> None:
    assert lower_file(data, "x.py").body == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\0", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary"),
        (b"\xff\xfex\0", "UTF-16"),
        (b"x = '\xe9'\n", "not valid UTF-8"),
        (b"# coding: no-such-thing\n", "encoding"),
        (b"# coding: rot13\n", "encoding"),
        (b"# coding: ascii\nx = '\xe9'\n", "not valid ASCII"),
        (b"# coding: utf-7\nx = '+2AA-'\n", "encoding"),
    ],
)
def test_refused_bytes(data: bytes, message: str) -> None:
    found = decode(data, "x.py")
    assert isinstance(found, Problem)
    assert message in found.message
    module = lower_file(data, "x.py")
    assert (module.body, module.problems) == ([], [found])


def test_the_place_of_an_undecodable_byte() -> None:
    found = decode("a\né = '".encode() + b"\xe9'", "x.py")
    assert isinstance(found, Problem)
    assert (found.row, found.column) == (2, 6)


@pytest.mark.parametrize(
    "line",
    ["print 'a'", "print x, y", "exec code", "raise E, 'a'", "x = 10L", "x = 0777", "if a <> b: pass", "x = `a`", "x = ur'a'"],
)
def test_python_2_is_named(line: str) -> None:
    (problem,) = lower_file(f"import os\n{line}\n".encode(), "x.py").problems
    assert problem.message.startswith("Python 2 code")
    assert problem.row == 2


def test_python_2_handlers_are_named_though_they_are_valid_again() -> None:
    handler = b"try:\n    pass\nexcept ValueError, e:\n    pass\n"
    assert lower_file(handler, "x.py").problems == []
    (problem,) = lower_file(handler + b"print 'a'\n", "x.py").problems
    assert (problem.message, problem.row) == ("Python 2 code (except X, name)", 3)


@pytest.mark.parametrize(
    ("text", "row"),
    [("def f(:\n", 1), ("x = 1\ny = (\n", 2), ("'''\n", 1), ("if x:\n", 1), ("  x\n", 1), ("x = 1 +\n", 1), ("é = é é\n", 1)],
)
def test_syntax_errors_have_a_place(text: str, row: int) -> None:
    module = lower_file(text.encode(), "x.py")
    (problem,) = module.problems
    assert (module.body, problem.cell, problem.row) == ([], None, row)
    assert problem.column >= 1
    assert 0 < len(problem.message) < 80


def test_no_warning_of_the_compiler_escapes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(lower_file(b"x = '\\d' is 1\ndef\n", "x.py").problems) == 1


def test_lines_are_counted() -> None:
    assert [lower_file(data, "x.py").lines for data in (b"", b"x", b"x\n", b"x\ny", b"x\r\ny\r\n", b"x\ry\r")] == [0, 1, 1, 2, 2, 2]
