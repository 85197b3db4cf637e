"""The budgets, each measured as a ratio or difference inside one run on one machine."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.bench.process import LINTNN, Outcome, Run, count_lines, measure, read
from tests.bench.trees import copy_share

PYTHON = (sys.executable, "-P")
COLD_RATIO = 3.0
STARTUP_SECONDS = 0.080
MEMORY_BASE = 300 * 1024 * 1024
MEMORY_PER_LINE = 2 * 1024
GROWTH_RATIO = 1.25
HEAVY_IMPORTS = ("libcst", "networkx")
ONE_PROCESS = ("--processes", "1")


class MeasureError(Exception):
    """A measured command did not do its work."""


class Budget(Struct, frozen=True):
    """One row of the table: what was measured, the bound, and how it came about."""

    name: str
    value: float
    bound: float
    unit: str
    detail: str = ""

    @property
    def kept(self) -> bool:
        """Whether the bound holds."""
        return self.value <= self.bound

    def line(self) -> str:
        """One printed row."""
        return f"{'ok  ' if self.kept else 'OVER'} {self.name:42} {self.value:10.3f} ≤ {self.bound:10.3f} {self.unit:8} {self.detail}"


class ParseBase(Struct, frozen=True):
    """What ``libcst.parse_module`` alone takes."""

    seconds: float
    files: int
    lines: int


def parse_base(tree: Path, *, repeat: int = 1) -> ParseBase:
    """Parse every Python file of the tree in a process of its own; the fastest of some repetitions."""
    runs = [_done(measure([*PYTHON, "-m", "tests.bench.parse_probe"], cwd=tree)) for _ in range(repeat)]
    return min((msgspec.json.decode(run.stdout, type=ParseBase) for run in runs), key=lambda base: base.seconds)


def cold(tree: Path, *, repeat: int = 1, options: Sequence[str] = ONE_PROCESS) -> Outcome:
    """lintnn with an empty cache in one process; the fastest of some repetitions."""
    command = [*LINTNN, "check", "--isolated", *options, "--output-format", "json", "."]
    outcomes = [read(measure(command, cwd=tree)) for _ in range(repeat)]
    for outcome in outcomes:
        if outcome.trouble:
            raise MeasureError(outcome.trouble)
    return min(outcomes, key=lambda outcome: outcome.cpu)


def cold_budget(tree: Path, *, repeat: int = 1) -> Budget:
    """CPU time of a cold run against parsing alone."""
    base, outcome = parse_base(tree, repeat=repeat), cold(tree, repeat=repeat)
    detail = f"{outcome.cpu:.2f} s against {base.seconds:.2f} s over {base.files} files, {base.lines} lines"
    return Budget("cold CPU / libcst.parse_module", outcome.cpu / base.seconds, COLD_RATIO, "times", detail)


def memory_budget(tree: Path, outcome: Outcome) -> Budget:
    """Peak memory of a run against the allowance for its lines."""
    lines = count_lines(tree)
    peak = outcome.peak_kib * 1024
    detail = f"{lines} lines; {(peak / max(lines, 1)):.0f} bytes a line in all"
    return Budget("peak memory", peak / 2**20, (MEMORY_BASE + MEMORY_PER_LINE * lines) / 2**20, "MiB", detail)


def growth_budget(tree: Path, *, share: int = 4) -> Budget:
    """CPU time a line on the tree against a quarter of its files, without the time to start."""
    start = min(measure([*LINTNN, "--version"], cwd=tree).cpu for _ in range(3))
    with tempfile.TemporaryDirectory(prefix="lintnn-growth-") as folder:
        part = Path(folder)
        copy_share(tree, part, share)
        few_lines, few = count_lines(part), cold(part).cpu - start
    many_lines, many = count_lines(tree), cold(tree).cpu - start
    detail = f"{few_lines} and {many_lines} lines: {1e6 * few / few_lines:.0f} and {1e6 * many / many_lines:.0f} µs a line"
    return Budget("growth of the time a line", (many / many_lines) / (few / few_lines), GROWTH_RATIO, "times", detail)


def startup_budgets(folder: Path, *, repeat: int = 7) -> list[Budget]:
    """Wall time of ``--version`` and ``explain`` above bare Python."""
    bare = _fastest([*PYTHON, "-c", "pass"], folder, repeat)
    return [
        Budget(
            f"lintnn {' '.join(arguments)}",
            _fastest([*LINTNN, *arguments], folder, repeat) - bare,
            STARTUP_SECONDS,
            "s",
            f"bare {bare:.3f} s",
        )
        for arguments in (("--version",), ("explain", "NN101"))
    ]


def heavy_imports(folder: Path, *arguments: str) -> list[str]:
    """Which of the heavy packages a command imports although it needs none."""
    run = _done(measure([sys.executable, "-P", "-X", "importtime", "-m", "lintnn", *arguments], cwd=folder))
    imported = {line.rsplit(b"|", 1)[-1].strip().decode() for line in run.stderr.splitlines() if line.startswith(b"import time:")}
    return [name for name in HEAVY_IMPORTS if name in imported]


def phase_seconds(tree: Path, *, options: Sequence[str] = ONE_PROCESS) -> dict[str, float]:
    """CPU seconds of a cold run by package of lintnn."""
    with tempfile.TemporaryDirectory(prefix="lintnn-phases-") as folder:
        out = Path(folder, "phases.json")
        command = [*PYTHON, "-m", "tests.bench.phases", str(out), "check", "--isolated", *options, "--output-format", "json", "."]
        run = measure(command, cwd=tree)
        if not out.is_file():
            raise MeasureError(run.stderr.decode("utf-8", "replace")[-500:])
        return msgspec.json.decode(out.read_bytes(), type=dict[str, float])


def _fastest(command: Sequence[str], folder: Path, repeat: int) -> float:
    return min(_done(measure(command, cwd=folder)).wall for _ in range(repeat))


def _done(run: Run) -> Run:
    if run.exit_code != 0:
        raise MeasureError(f"exit code {run.exit_code}: {run.stderr.decode('utf-8', 'replace')[-500:]}")
    return run
