"""Whatever the input: no exception, the same result each time, and a lossless round trip through MessagePack."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import hypothesmith
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lintnn.frontend
from lintnn.frontend import limits
from lintnn.frontend.codec import decode_module, encode
from lintnn.frontend.lower import lower_file
from lintnn.frontend.positions import spans

FUZZ = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
SNIPPETS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "'",
    '"""',
    "\n",
    "  ",
    "\t",
    "def f",
    ":",
    "lambda",
    "x",
    "1",
    "=",
    "if ",
    "else",
    "#",
    "\\",
    "\r",
    "\x0c",
    "é",
]


def check(data: bytes, name: str) -> None:
    module = lower_file(data, name)
    assert lower_file(data, name) == module
    assert decode_module(encode(module)) == module


@settings(FUZZ, max_examples=12)
@given(hypothesmith.from_node(auto_target=False))
def test_generated_programs(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"), "x.py")


@FUZZ
@given(st.lists(st.sampled_from(SNIPPETS), max_size=30).map("".join))
def test_token_soup(text: str) -> None:
    check(text.encode(), "x.py")


@FUZZ
@given(st.binary(max_size=60), st.sampled_from(["x.py", "x.ipynb"]))
def test_arbitrary_bytes(data: bytes, name: str) -> None:
    check(data, name)


@pytest.mark.parametrize("path", sorted(Path(lintnn.frontend.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_own_source(path: Path) -> None:
    data = path.read_bytes()
    check(data, path.name)
    module = lower_file(data, path.name)
    assert module.problems == []
    assert len(spans(data, path.name, path.name, range(3))) == (3 if len(module.body) > 1 else 2)


def test_the_deepest_accepted_program_round_trips() -> None:
    blocks = "".join(" " * level + "class a:\n" for level in range(90))
    check((blocks + " " * 90 + "x = " + "[lambda: f(" * 80 + ")]" * 80 + "\n").encode(), "x.py")


def test_the_depth_of_the_caller_does_not_matter() -> None:
    data = ("x = " + "f(" * 140 + ")" * 140 + "\n").encode()
    expected = lower_file(data, "x.py")

    def descend(levels: int) -> object:
        return descend(levels - 1) if levels else lower_file(data, "x.py")

    assert descend(sys.getrecursionlimit() - 250) == expected


def test_damaged_bytes_are_refused() -> None:
    data = encode(lower_file(b"x = 1\n", "x.py"))
    for damaged in (b"", data[:-1], b"\xc1" + data, data.replace(b"Assign", b"Astign")):
        with pytest.raises(msgspec.DecodeError):
            decode_module(damaged)


@pytest.mark.parametrize("module", ["lintnn", "lintnn.frontend", "lintnn.frontend.ir", "lintnn.frontend.codec", "lintnn.frontend.source"])
def test_light_modules_do_not_import_libcst(module: str) -> None:
    code = f"import sys, {module}; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("term", "accepted"), [("x", 3_000), ("layer(x)", 1_300), ("rows[0]", 1_300), ("f.g(x)", 790), ("'text'", 1_500)])
def test_what_is_too_long_for_the_parser_is_said_at_once(term: str, accepted: int) -> None:
    """The parser takes time by the square of the operands, and more for calls than for names."""
    assert limits.refusal("y = " + " + ".join([term] * accepted) + "\n") is None
    started = time.process_time()
    module = lower_file(("y = " + " + ".join([term] * 2 * accepted) + "\n").encode(), "x.py")
    assert [problem.message for problem in module.problems] == ["an expression is too long"]
    assert time.process_time() - started < 1


@pytest.mark.parametrize(("start", "end"), [("(", ")"), ("[", "]"), ("Point(\n", "\n)"), ("{1: [", "]}")])
def test_a_pattern_that_nests_too_deeply_is_said_at_once(start: str, end: str) -> None:
    """Each level doubles the time of the parser."""
    started = time.process_time()
    for depth, expected in ((6, []), (40, ["patterns are nested too deeply"])):
        text = f"match a:\n    case {start * depth}b{end * depth}: pass\n"
        assert [problem.message for problem in lower_file(text.encode(), "x.py").problems] == expected
    assert time.process_time() - started < 3
