"""The manifest of real bugs (dev.jsonl), which rules name which class, and which classes are in scope."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

HERE = Path(__file__).resolve().parent
RuleClasses = Mapping[str, frozenset[str]]


class Row(Struct, frozen=True, rename={"label": "class"}):
    """One real bug: facts only, no code. ``before_lines`` are lines of the parent (raw JSON lines in a notebook)."""

    id: str
    label: str
    repo: str
    parent: str
    fix_commit: str | None
    path: str
    before_lines: tuple[int, ...]
    crossfile: bool = False
    also_needs: tuple[str, ...] = ()
    fixed_still_has: tuple[str, ...] = ()
    scored: str = ""
    what: str = ""
    confidence: str = "high"

    @property
    def is_scored(self) -> bool:
        """Whether the row counts in any figure."""
        return not self.scored.startswith("no")

    @property
    def part(self) -> str:
        """``blind`` rows are counted and never opened; which they are depends on the repository's name alone."""
        return "blind" if int(hashlib.sha256(self.repo.encode()).hexdigest(), 16) % 3 == 0 else "working"


def load_rows(path: Path = HERE / "dev.jsonl") -> list[Row]:
    """All rows of a manifest, in its order."""
    return [msgspec.json.decode(line, type=Row) for line in path.read_bytes().splitlines() if line.strip()]


def load_rule_classes(path: Path = HERE / "rule_classes.json") -> RuleClasses:
    """For each rule code the classes of bugs that it names."""
    return {code: frozenset(classes) for code, classes in msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]]).items()}


def rules_naming(label: str, rule_classes: RuleClasses) -> frozenset[str]:
    """The codes whose findings count for a class."""
    return frozenset(code for code, classes in rule_classes.items() if label in classes)


def load_scope(path: Path, rule_classes: RuleClasses) -> frozenset[str]:
    """The classes that a scope file puts in scope: those its rules name, without those it excludes."""
    scope = tomllib.loads(path.read_text("utf-8"))
    unknown = sorted(set(scope["rules"]) - set(rule_classes))
    if unknown:
        raise ValueError(f"{path}: unknown rules: {', '.join(unknown)}")
    named = frozenset[str]().union(*(rule_classes.get(code, frozenset()) for code in scope["rules"]))
    return named - frozenset(scope["excluded_classes"])


def choose(
    rows: Iterable[Row],
    *,
    part: str = "all",
    ids: frozenset[str] = frozenset(),
    classes: frozenset[str] = frozenset(),
    scope: frozenset[str] | None = None,
) -> list[Row]:
    """The scored rows that pass every given filter; an empty filter passes all."""
    return [
        row
        for row in rows
        if row.is_scored
        and part in ("all", row.part)
        and (not ids or row.id in ids)
        and (not classes or row.label in classes)
        and (scope is None or row.label in scope)
    ]
