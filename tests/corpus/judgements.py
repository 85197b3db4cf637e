"""The stored, hand-judged findings and the expected counts, compared with a run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.bench.process import JsonFinding

HERE = Path(__file__).resolve().parent
JUDGED = HERE / "judged.jsonl"
EXPECTED = HERE / "expected.json"
Counts = Mapping[str, Mapping[str, int]]


class Verdict(StrEnum):
    """What a reader said. Unclear counts as false."""

    TRUE = "true"
    FALSE = "false"
    UNCLEAR = "unclear"


class Where(Struct, frozen=True, order=True):
    """What identifies a finding: packages are pinned, so lines never move."""

    package: str
    path: str
    line: int
    code: str
    cell: int | None = None


class Judgement(Struct, frozen=True, omit_defaults=True):
    """One judged finding. ``message`` is a hash of the message that the reader saw."""

    package: str
    path: str
    line: int
    code: str
    verdict: Verdict
    why: str
    message: str = ""
    cell: int | None = None

    @property
    def where(self) -> Where:
        """The finding it belongs to."""
        return Where(self.package, self.path, self.line, self.code, self.cell)


class Comparison(Struct, frozen=True):
    """A run against the stored list: what nobody judged, what vanished, what is worded anew, and the verdicts met."""

    unjudged: tuple[Where, ...]
    disappeared: tuple[Judgement, ...]
    reworded: tuple[Judgement, ...]
    verdicts: Mapping[str, Mapping[str, int]]


def where(package: str, finding: JsonFinding) -> Where:
    """The identity of a finding of a package."""
    return Where(package, finding.filename.removeprefix("./"), finding.location.row, finding.code, finding.cell)


def message_hash(message: str) -> str:
    """A short hash by which a changed message is seen."""
    return hashlib.sha256(message.encode()).hexdigest()[:12]


def load_judged(path: Path = JUDGED) -> list[Judgement]:
    """The stored list; no file is an empty list."""
    if not path.is_file():
        return []
    return [msgspec.json.decode(line, type=Judgement) for line in path.read_bytes().splitlines() if line.strip()]


def compare(found: Mapping[str, Iterable[JsonFinding]], judged: Iterable[Judgement]) -> Comparison:
    """Compare the findings of some packages with the judgements of the same packages. NN0 findings count in no figure."""
    messages = {
        where(package, finding): message_hash(finding.message)
        for package, findings in found.items()
        for finding in findings
        if not finding.code.startswith("NN0")
    }
    known = {judgement.where: judgement for judgement in judged if judgement.package in found}
    verdicts: dict[str, Counter[str]] = {}
    for place, judgement in known.items():
        if place in messages:
            verdicts.setdefault(place.code, Counter())[judgement.verdict] += 1
    return Comparison(
        unjudged=tuple(sorted(place for place in messages if place not in known)),
        disappeared=tuple(known[place] for place in sorted(known) if place not in messages),
        reworded=tuple(
            known[place]
            for place in sorted(known)
            if known[place].message and messages.get(place, known[place].message) != known[place].message
        ),
        verdicts=verdicts,
    )


def counts(found: Mapping[str, Iterable[JsonFinding]]) -> dict[str, dict[str, int]]:
    """Findings per package and rule, sorted."""
    return {package: dict(sorted(Counter(finding.code for finding in findings).items())) for package, findings in sorted(found.items())}


def load_expected(path: Path = EXPECTED) -> Counts:
    """The stored counts; no file means none are expected yet."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, int]]) if path.is_file() else {}


def store_expected(new: Counts, path: Path = EXPECTED) -> None:
    """Write the counts of these packages, keeping those of others."""
    merged = {**load_expected(path), **new}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(dict(sorted(merged.items()))), indent=1) + b"\n")


def differences(expected: Counts, actual: Counts) -> list[str]:
    """One line for each rule of a package whose count changed."""
    return [
        f"{package} {code}: expected {expected.get(package, {}).get(code, 0)}, found {found.get(code, 0)}"
        for package, found in actual.items()
        for code in sorted(expected.get(package, {}).keys() | found.keys())
        if expected.get(package, {}).get(code, 0) != found.get(code, 0)
    ]
