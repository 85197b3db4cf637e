"""Put known bugs into the training files of a folder and count how many lintnn finds.

    python -m tests.mutants.run FOLDER --limit 20

Each mutant and its original stand alone, in a folder of their own, and all are checked in one run. A mutant is hit when lintnn reports
more findings of the expected rules in it than in the original; an original is silent when it has none of them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

from tests.bench.process import LINTNN, JsonFinding, check
from tests.mutants.mutators import MUTATORS, Mutant, Mutator, all_mutants

LIMIT_OF_FILE = 2
"""Mutants of one mutator in one file."""


@dataclass(frozen=True, slots=True)
class Case:
    """A mutant of a file."""

    path: Path
    original: str
    mutant: Mutant


@dataclass(frozen=True, slots=True)
class Result:
    """What lintnn said: whether the bug was seen, and whether the original was silent."""

    case: Case
    hit: bool
    silent: bool


def collect(folder: Path, mutators: Sequence[Mutator], limit: int) -> list[Case]:
    """At most ``limit`` mutants of each mutator, from files in an order that depends on their paths only."""
    cases: list[Case] = []
    made: Counter[str] = Counter()
    made_of_file: Counter[tuple[str, Path]] = Counter()
    for path in sorted(folder.rglob("*.py"), key=lambda path: hashlib.sha256(str(path.relative_to(folder)).encode()).digest()):
        wanted = [mutator for mutator in mutators if made[mutator.name] < limit]
        content = path.read_bytes()
        if not wanted or b"torch" not in content:
            continue
        for case in _cases(path, content, wanted):
            name = case.mutant.mutator.name
            if made[name] < limit and made_of_file[name, path] < LIMIT_OF_FILE:
                made[name] += 1
                made_of_file[name, path] += 1
                cases.append(case)
    return cases


def _cases(path: Path, content: bytes, mutators: Sequence[Mutator]) -> Iterator[Case]:
    try:
        source = content.decode("utf-8")
        yield from (Case(path, source, mutant) for mutant in all_mutants(mutators, source))
    except (UnicodeDecodeError, cst.ParserSyntaxError):
        return


def run_cases(cases: Sequence[Case], *, timeout: float, command: Sequence[str] = LINTNN) -> list[Result]:
    """Check all mutants and originals in one run."""
    originals = {case.path: f"original_{number}" for number, case in enumerate({case.path: case for case in cases}.values())}
    with tempfile.TemporaryDirectory(prefix="lintnn-mutants-") as scratch:
        root = Path(scratch)
        (root / ".git").mkdir()
        for case in cases:
            _write(root / originals[case.path] / case.path.name, case.original)
        for number, case in enumerate(cases):
            _write(root / f"mutant_{number}" / case.path.name, case.mutant.source)
        outcome = check(root, "--select", "ALL", timeout=timeout, command=command)
    if outcome.trouble:
        raise SystemExit(f"mutants: {outcome.trouble}")
    counted = _count(outcome.findings)
    results = []
    for number, case in enumerate(cases):
        before = sum(counted[originals[case.path], code] for code in case.mutant.mutator.expects)
        after = sum(counted[f"mutant_{number}", code] for code in case.mutant.mutator.expects)
        results.append(Result(case, hit=after > before, silent=before == 0))
    return results


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())


def _count(findings: Sequence[JsonFinding]) -> Counter[tuple[str, str]]:
    return Counter((Path(finding.filename).parts[0], finding.code) for finding in findings)


def table(results: Sequence[Result]) -> Iterator[str]:
    """Hits and silent originals per mutator."""
    for mutator in MUTATORS:
        rows = [result for result in results if result.case.mutant.mutator is mutator]
        if rows:
            yield _row(f"{mutator.name:34} {'/'.join(sorted(mutator.expects))}", rows)
    yield _row("all", results)


def _row(name: str, rows: Sequence[Result]) -> str:
    hits, silent = sum(row.hit for row in rows), sum(row.silent for row in rows)
    return f"{name:47} hits {hits:4}/{len(rows):<4} original silent {silent:4}/{len(rows):<4}"


def main(argv: Sequence[str] | None = None) -> int:
    """Collect, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=20, help="mutants of each mutator")
    parser.add_argument("--mutator", nargs="+", default=[], metavar="NAME", help="only these mutators")
    parser.add_argument("--missed", action="store_true", help="list the mutants that were not found")
    parser.add_argument("--timeout", type=float, default=600.0)
    parser.add_argument("--command", nargs="+", default=list(LINTNN), help="another analyser to run (for tests)")
    options = parser.parse_args(argv)
    chosen = [mutator for mutator in MUTATORS if not options.mutator or mutator.name in options.mutator]
    results = run_cases(collect(options.folder, chosen, options.limit), timeout=options.timeout, command=options.command)
    lines = list(table(results))
    if options.missed:
        lines += [f"missed: {row.case.mutant.mutator.name} {row.case.path}:{row.case.mutant.line}" for row in results if not row.hit]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
