"""Regressions of speed, memory and start-up, with bounds that a busy machine still keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.budgets import MEMORY_BASE, MEMORY_PER_LINE, cold, heavy_imports, parse_base, startup_budgets
from tests.bench.process import count_lines
from tests.bench.trees import write_tree

PROJECTS = 120
COLD_RATIO = 7.0
"""The generated tree is training loops and nothing else, the dearest code there is, and start-up counts. Over whole packages the
ratio is about half of this; ``python -m tests.bench.run TREE`` measures it there."""
STARTUP_SECONDS = 0.4


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    write_tree(folder, PROJECTS)
    return folder


def test_a_cold_run_over_training_loops_stays_within_its_bound(tree: Path) -> None:
    base = parse_base(tree, repeat=2)
    outcome = cold(tree, repeat=2)
    assert outcome.cpu <= COLD_RATIO * base.seconds, f"{outcome.cpu:.2f} s against {base.seconds:.2f} s for {base.lines} lines"


def test_memory_stays_in_its_allowance(tree: Path) -> None:
    assert cold(tree).peak_kib * 1024 <= MEMORY_BASE + MEMORY_PER_LINE * count_lines(tree)


def test_short_commands_start_fast(tmp_path: Path) -> None:
    slow = [budget.line() for budget in startup_budgets(tmp_path, repeat=3) if budget.value > STARTUP_SECONDS]
    assert slow == []


@pytest.mark.parametrize("arguments", [("--version",), ("explain", "NN101")])
def test_short_commands_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert heavy_imports(tmp_path, *arguments) == []
