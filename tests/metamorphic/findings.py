"""The findings of many small projects: all in one run of the engine, each in a folder of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.engine.projects import check, relative, write

Key = tuple[str, ...]


def count_by_rule(folder: Path, projects: Mapping[Key, Mapping[str, str]]) -> dict[Key, Counter[str]]:
    """How often each rule reports, by project."""
    names = {"/".join(key): key for key in projects}
    for name, key in names.items():
        write(folder / name, projects[key])
    result = check(folder)
    assert result.errors == []
    counts: dict[Key, Counter[str]] = {key: Counter() for key in projects}
    for finding in result.findings:
        parts = relative(finding.span.path, folder).split("/")
        counts[tuple(parts[: len(next(iter(projects)))])][finding.code] += 1
    return counts
