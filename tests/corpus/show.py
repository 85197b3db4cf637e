"""A finding with the source around its places, for a reader who judges it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.process import JsonFinding
from tests.real_bugs.notebook_lines import raw_lines

AROUND = 6


def sample(findings: Sequence[tuple[str, JsonFinding]], size: int, *, seed: int = 1) -> list[tuple[str, JsonFinding]]:
    """The same sample for the same findings, in their order; all of them if they are fewer."""
    chosen = random.Random(seed).sample(range(len(findings)), min(size, len(findings)))
    return [findings[index] for index in sorted(chosen)]


def lines(folder: Path, package: str, finding: JsonFinding, *, around: int = AROUND) -> Iterator[str]:
    """The message, then each place with ``around`` lines before and after."""
    yield f"=== {package} {finding.code} [{finding.confidence}] {_where(finding.filename, finding.location.row, finding.cell)}"
    yield finding.message
    yield from _excerpt(folder, finding.filename, finding.location.row, finding.cell, around)
    for related in finding.related:
        yield f"--- {_where(related.filename, related.location.row, related.cell)}: {related.message}"
        yield from _excerpt(folder, related.filename, related.location.row, related.cell, around)


def _where(filename: str, row: int, cell: int | None) -> str:
    return f"{filename}:{row}" if cell is None else f"{filename}:cell {cell}:{row}"


def _excerpt(folder: Path, filename: str, row: int, cell: int | None, around: int) -> Iterator[str]:
    text = (folder / filename).read_bytes().decode("utf-8", "replace")
    marked = row if cell is None else raw_lines(text).get((cell, row), 0)
    for number, line in enumerate(text.split("\n"), 1):
        if abs(number - marked) <= around:
            yield f"{'>' if number == marked else ' '}{number:6} {line.rstrip()[:200]}"
