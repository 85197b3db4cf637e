"""Whatever the program: no crash, and the same findings on every run, with any number of processes."""

from __future__ import annotations

import random
from pathlib import Path

import hypothesmith
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lintnn.engine import Result
from lintnn.testing import read_page
from tests.engine.projects import check, check_text, write
from tests.fuzz.mutations import mutate

PAGES = sorted((Path(__file__).resolve().parent.parent.parent / "rules").glob("NN*.md"))
FUZZ = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
FOLDER = Path(__file__).resolve().parent / "nowhere"
PROJECTS = 60


def _is_python(text: str) -> bool:
    try:
        compile(text, "example", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


SOURCES = [
    text
    for path in PAGES
    for example in read_page(path).examples
    for name, text in example.files.items()
    if name.endswith(".py") and text.strip() and _is_python(text)
]


def assert_healthy(result: Result) -> None:
    assert result.errors == []
    assert [finding.message for finding in result.findings if finding.code == "NN009"] == []


def assert_steady(text: str) -> None:
    """No crash, and the same twice."""
    first, second = check_text(FOLDER, "example.py", text), check_text(FOLDER, "example.py", text)
    assert_healthy(first)
    assert first.findings == second.findings


@settings(FUZZ, max_examples=25)
@given(hypothesmith.from_node(auto_target=False))
def test_generated_programs(text: str) -> None:
    assert_steady("import torch\n" + text)


@settings(FUZZ, max_examples=150)
@given(st.integers(min_value=0, max_value=2**32))
def test_mutated_examples(seed: int) -> None:
    chance = random.Random(seed)
    assert_steady(mutate(chance.choice(SOURCES), SOURCES, chance))


@settings(FUZZ, max_examples=60)
@given(st.integers(min_value=0, max_value=2**32))
def test_cut_and_glued_text(seed: int) -> None:
    """Lines of two examples, one cut off anywhere: most of it does not parse."""
    chance = random.Random(seed)
    first, second = chance.choice(SOURCES), chance.choice(SOURCES)
    text = first[: chance.randrange(len(first))] + second[chance.randrange(len(second)) :]
    assert_steady("# torch\n" + text)


@pytest.fixture
def mutants(tmp_path: Path) -> Path:
    """A project of mutated examples that import one another."""
    chance = random.Random(7)
    for number in range(PROJECTS):
        text = mutate(chance.choice(SOURCES), SOURCES, chance)
        other = f"mutant_{chance.randrange(PROJECTS)}"
        line = chance.choice(["", f"import {other}\n", f"from {other} import *\n", f"from {other} import Net, model, train\n"])
        write(tmp_path, {f"mutant_{number}.py": line + text})
    return tmp_path


def test_processes_do_not_matter(mutants: Path) -> None:
    results = [check(mutants, processes=count) for count in (1, 2, 3)]
    for result in results:
        assert_healthy(result)
    encoded = [msgspec.json.encode(result.findings) for result in results]
    assert encoded[0] == encoded[1] == encoded[2]
    assert len(results[0].findings) >= 10


def test_mutations_are_python_and_differ() -> None:
    chance = random.Random(3)
    mutated = [mutate(SOURCES[0], SOURCES, chance) for _ in range(20)]
    assert sum(_is_python(text) for text in mutated) >= 15
    assert len(set(mutated)) > 10
