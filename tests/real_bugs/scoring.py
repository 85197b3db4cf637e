"""Hits and silence, as the manifest's README defines them.

A *hit* is a finding of a rule that names the bug's class whose primary or related place lies within two lines of a labelled
line of the parent. After the fix a hit is *silent* unless a rule that hit reports again: with its primary or a related place
at a labelled line or at the hit's own primary line, carried over by the line diff, or with its primary place inside a hunk of
the labelled file that the fix changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

from msgspec import Struct

from tests.bench.process import JsonFinding
from tests.real_bugs.manifest import Row, RuleClasses, rules_naming
from tests.real_bugs.notebook_lines import raw_lines

NEAR = 2
LARGE_FILE = 4000
LINE_END = re.compile(r"\r\n|\r|\n")


class Spot(Struct, frozen=True, order=True):
    """A line of a file; in notebooks a line of the raw JSON."""

    path: str
    line: int


class Located(Struct, frozen=True):
    """A finding reduced to what scoring needs."""

    code: str
    message: str
    primary: Spot
    related: tuple[Spot, ...]

    @property
    def spots(self) -> tuple[Spot, ...]:
        """The primary place, then the related ones."""
        return (self.primary, *self.related)


class Score(Struct, frozen=True):
    """The verdict on one row. ``silent`` is None where there is no hit or no fix."""

    id: str
    label: str
    repo: str
    part: str
    crossfile: bool
    hits: tuple[Located, ...]
    by: str
    silent: bool | None
    noise: tuple[Located, ...] = ()
    trail_names_both_files: bool = False
    problem: str = ""


class Version:
    """The exported files of one commit, with the findings of lintnn in them."""

    def __init__(self, folder: Path, findings: Iterable[JsonFinding]) -> None:
        self.folder = folder
        self._notebooks: dict[str, dict[tuple[int, int], int]] = {}
        self.located = tuple(self._locate(finding) for finding in findings)

    def lines(self, path: str) -> list[str] | None:
        """The lines of a file, or None where it does not exist."""
        place = self.folder / path
        if not place.is_file():
            return None
        return LINE_END.split(place.read_bytes().decode("utf-8", "replace"))

    def _locate(self, finding: JsonFinding) -> Located:
        return Located(
            code=finding.code,
            message=finding.message,
            primary=self._spot(finding.filename, finding.location.row, finding.cell),
            related=tuple(self._spot(related.filename, related.location.row, related.cell) for related in finding.related),
        )

    def _spot(self, filename: str, row: int, cell: int | None) -> Spot:
        path = filename.removeprefix("./")
        if cell is None:
            return Spot(path, row)
        if path not in self._notebooks:
            text = (self.folder / path).read_bytes().decode("utf-8", "replace")
            self._notebooks[path] = raw_lines(text)
        return Spot(path, self._notebooks[path].get((cell, row), 0))


def score(row: Row, parent: Version, fixed: Version | None, rule_classes: RuleClasses) -> Score:
    """Score one row against the findings in its parent and, where there is one, its fixed version."""
    rules = rules_naming(row.label, rule_classes)
    labelled = [Spot(row.path, line) for line in row.before_lines]
    hits = tuple(finding for finding in parent.located if finding.code in rules and _touches(finding.spots, labelled))
    by = "" if not hits else "primary" if any(_touches((hit.primary,), labelled) for hit in hits) else "related"
    noise = () if fixed is None else tuple(_noise(row, hits, parent, fixed, rule_classes))
    return Score(
        id=row.id,
        label=row.label,
        repo=row.repo,
        part=row.part,
        crossfile=row.crossfile,
        hits=hits,
        by=by,
        silent=not noise if hits and fixed is not None else None,
        noise=noise,
        trail_names_both_files=any(spot.path != hit.primary.path for hit in hits for spot in hit.related),
        problem="" if parent.lines(row.path) is not None else f"{row.path} is not in the parent",
    )


def _touches(spots: Iterable[Spot], labelled: Iterable[Spot], near: int = NEAR) -> bool:
    wanted = list(labelled)
    return any(spot.path == label.path and abs(spot.line - label.line) <= near for spot in spots for label in wanted)


def _noise(row: Row, hits: tuple[Located, ...], parent: Version, fixed: Version, rule_classes: RuleClasses) -> Iterator[Located]:
    """The findings of the fixed version that break the silence."""
    rules = {hit.code for hit in hits if not rule_classes.get(hit.code, frozenset()) & set(row.fixed_still_has)}
    if not rules:
        return
    labelled = Carrier(parent.lines(row.path), fixed.lines(row.path))
    near = [Spot(row.path, line) for before in row.before_lines if (line := labelled.carry(before)) is not None]
    exact = []
    for hit in hits:
        carrier = Carrier(parent.lines(hit.primary.path), fixed.lines(hit.primary.path))
        if hit.code in rules and (line := carrier.carry(hit.primary.line)) is not None:
            exact.append(Spot(hit.primary.path, line))
    for finding in fixed.located:
        if finding.code in rules and (
            _touches(finding.spots, near)
            or _touches(finding.spots, exact, near=0)
            or (finding.primary.path == row.path and labelled.changed(finding.primary.line))
        ):
            yield finding


class Carrier:
    """Carries lines of one version of a file over to the next."""

    def __init__(self, before: list[str] | None, after: list[str] | None) -> None:
        self._carried: dict[int, int] = {}
        self._changed: set[int] = set()
        if before is None or after is None:
            return
        matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > LARGE_FILE)
        for tag, first, last, new_first, new_last in matcher.get_opcodes():
            if tag == "equal":
                self._carried.update(zip(range(first + 1, last + 1), range(new_first + 1, new_last + 1), strict=True))
            else:
                self._changed.update(range(new_first + 1, new_last + 1))

    def carry(self, line: int) -> int | None:
        """The line's number in the next version; None where it was changed or deleted."""
        return self._carried.get(line)

    def changed(self, line: int) -> bool:
        """Whether a line of the next version lies in a changed hunk."""
        return line in self._changed
