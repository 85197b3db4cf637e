"""The tables that a run over the real bugs prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from tests.real_bugs.scoring import Score
from tests.real_bugs.versions import Checked, Key

PARTS = ("working", "blind")
ACTIVATION_CLASSES = frozenset(
    {
        "softmax-before-cross-entropy",
        "log-softmax-before-cross-entropy",
        "sigmoid-before-bce-with-logits",
        "sigmoid-before-cross-entropy",
        "bce-without-sigmoid",
        "missing-log-softmax-before-nll",
        "softmax-before-nll",
    }
)


class Tally(Struct, frozen=True):
    """Counts over some rows. ``measured`` are the hits that have a fix to be silent after."""

    total: int
    primary: int
    related: int
    silent: int
    measured: int

    @property
    def hits(self) -> int:
        """Hits by any place."""
        return self.primary + self.related

    def row(self, name: str) -> str:
        """One table row."""
        rate = f"{100 * self.hits / self.total:4.0f} %" if self.total >= 20 else "      "
        return (
            f"{name:44} {self.hits:4}/{self.total:<4} {rate}  primary {self.primary:3}  related {self.related:3}"
            f"  silent {self.silent}/{self.measured}"
        )


def tally(scores: Iterable[Score]) -> Tally:
    """Count hits by place, and silence among them."""
    rows = list(scores)
    return Tally(
        total=len(rows),
        primary=sum(row.by == "primary" for row in rows),
        related=sum(row.by == "related" for row in rows),
        silent=sum(row.silent is True for row in rows),
        measured=sum(row.silent is not None for row in rows),
    )


def _grouped(scores: Sequence[Score], key: Callable[[Score], str]) -> Iterator[str]:
    for name in sorted({key(row) for row in scores}):
        yield tally(row for row in scores if key(row) == name).row(name)


def score_lines(scores: Sequence[Score], *, by_repository: bool) -> Iterator[str]:
    """Hits and silence in all, per part, per class and per repository."""
    yield tally(scores).row("all")
    for part in PARTS:
        yield tally(row for row in scores if row.part == part).row(part)
    repositories = {row.repo for row in scores}
    hit = {row.repo for row in scores if row.hits}
    yield f"repositories with a hit: {len(hit)}/{len(repositories)}"
    yield from ("", "per class")
    yield from _grouped(scores, lambda row: row.label)
    if by_repository:
        yield from ("", "per repository")
        yield from _grouped(scores, lambda row: row.repo)


def crossfile_lines(scores: Sequence[Score]) -> Iterator[str]:
    """How the bugs whose evidence lies in several files fare."""
    rows = [row for row in scores if row.crossfile]
    yield tally(rows).row("cross-file")
    yield f"  hits whose trail names two files: {sum(row.trail_names_both_files for row in rows)}"
    activations = [row for row in rows if row.label in ACTIVATION_CLASSES]
    named = sum(row.trail_names_both_files for row in activations)
    yield f"  activation against loss: {tally(activations).hits}/{len(activations)}, the trail names two files: {named}"


def detail_lines(scores: Sequence[Score]) -> Iterator[str]:
    """Misses and broken silences: ids of the working part, counts of the blind part."""
    missed = [row for row in scores if not row.hits]
    broken = [row for row in scores if row.silent is False]
    for title, rows in (("missed", missed), ("not silent after the fix", broken)):
        yield f"{title}: {len(rows)}, of these blind: {sum(row.part == 'blind' for row in rows)}; working part:"
        for row in rows:
            if row.part == "working":
                yield f"  {row.id} {row.label:36} {row.repo}" + (f"  [{row.problem}]" if row.problem else "")
                yield from (f"      {found.code} {found.primary.path}:{found.primary.line} {found.message}" for found in row.noise)


def hit_lines(scores: Sequence[Score]) -> Iterator[str]:
    """The hits of the working part with their messages, for a reader who judges whether they describe the bug."""
    for row in scores:
        if row.part == "working":
            for found in row.hits:
                yield f"{row.id} {row.label} {found.code} {found.primary.path}:{found.primary.line} {found.message}"


def cost_lines(checked: Mapping[Key, Checked]) -> Iterator[str]:
    """Time, crashes and trouble over all versions; the slowest by time per line."""
    outcomes = {key: version.outcome for key, version in checked.items()}
    lines = sum(version.lines for version in checked.values())
    cpu = sum(outcome.cpu for outcome in outcomes.values())
    yield f"{len(checked)} versions, {lines} lines, {cpu:.0f} s CPU ({1e6 * cpu / max(lines, 1):.0f} µs a line)"
    codes = [outcome.exit_code for outcome in outcomes.values()]
    yield "exit codes: " + ", ".join(f"{code}: {codes.count(code)}" for code in sorted(set(codes)))
    for key, version in sorted(checked.items(), key=lambda item: -item[1].outcome.cpu)[:5]:
        memory = version.outcome.peak_kib // 1024
        yield f"  {version.outcome.cpu:6.1f} s CPU {memory:5} MiB {version.lines:8} lines  {key.repo}@{key.commit[:10]}"
    for key, outcome in outcomes.items():
        if outcome.trouble:
            yield f"  trouble: {key.repo}@{key.commit[:10]}: {outcome.trouble}"
        yield from (f"  crash: {key.repo}@{key.commit[:10]}: {crash}" for crash in outcome.crashes)
