"""Run lintnn over the public corpus: findings per 1 000 lines, crashes, time, memory, and the judged list.

python -m tests.corpus.run CORPUS --tier core
python -m tests.corpus.run CORPUS --package timm --show 20
python -m tests.corpus.run CORPUS --determinism
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tests.bench.process import LINTNN, JsonFinding, Outcome, measure, read
from tests.corpus import judgements, show
from tests.corpus.judgements import compare, counts, differences, load_expected, load_judged, store_expected
from tests.corpus.packages import Package, choose_packages, load_packages

PROCESSES_OPTION = "--processes"


class PackageRun(Struct, frozen=True):
    """One package: its folder, and what lintnn said and cost."""

    package: Package
    folder: Path
    outcome: Outcome


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="folder that fetch_corpus filled")
    parser.add_argument("--tier", choices=("core", "bulk", "all"), default="all")
    parser.add_argument("--package", nargs="+", default=[], metavar="NAME", help="only these packages")
    parser.add_argument("--processes", type=int, help="processes that lintnn itself uses")
    parser.add_argument("--select", help="what to select; without it the default rules run, and only then the stored lists are compared")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds for one package")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N sampled findings with their source")
    parser.add_argument("--unjudged", action="store_true", help="show only findings that nobody judged")
    parser.add_argument("--update", action="store_true", help="store the counts found as the expected ones")
    parser.add_argument("--determinism", action="store_true", help="run twice with 1 process and once with 4, compare the output's bytes")
    parser.add_argument("--command", nargs="+", default=list(LINTNN), help="another analyser to run (for tests)")
    return parser.parse_args(argv)


def command_line(options: argparse.Namespace, processes: int | None) -> list[str]:
    """The command for one package, run in its folder."""
    select = ["--select", options.select] if options.select else []
    workers = [PROCESSES_OPTION, str(processes)] if processes else []
    return [*options.command, "check", "--isolated", *select, *workers, "--output-format", "json", "."]


def run_packages(options: argparse.Namespace, packages: Sequence[Package]) -> Iterator[PackageRun]:
    """Run lintnn over each package in turn."""
    for package in packages:
        folder = options.corpus / package.folder
        outcome = read(measure(command_line(options, options.processes), cwd=folder, timeout=options.timeout))
        yield PackageRun(package, folder, outcome)


def cost_line(run: PackageRun) -> str:
    """One package's counts and costs."""
    outcome, lines = run.outcome, max(run.package.py_loc, 1)
    line = (
        f"{run.package.folder:40} {lines:8} lines {len(outcome.findings):5} findings {outcome.cpu:7.1f} s CPU {outcome.wall:7.1f} s wall"
        f" {1e6 * outcome.cpu / lines:5.0f} µs/line {outcome.peak_kib // 1024:5} MiB exit {outcome.exit_code}"
    )
    return "\n".join(
        [line, *(f"    crash: {crash}" for crash in outcome.crashes), *([f"    trouble: {outcome.trouble}"] if outcome.trouble else [])]
    )


def rate_lines(runs: Sequence[PackageRun]) -> Iterator[str]:
    """Findings per rule, in all and per 1 000 lines."""
    lines = max(sum(run.package.py_loc for run in runs), 1)
    found = Counter(finding.code for run in runs for finding in run.outcome.findings)
    reported = sum(count for code, count in found.items() if not code.startswith("NN0"))
    yield f"{reported} findings in {lines} lines: {1000 * reported / lines:.3f} per 1 000 lines (without NN0)"
    for code, count in sorted(found.items()):
        yield f"  {code} {count:5}  {1000 * count / lines:.4f}"


def total_line(runs: Sequence[PackageRun]) -> str:
    """Time, memory and crashes over all packages."""
    outcomes = [run.outcome for run in runs]
    crashes, troubles = sum(len(outcome.crashes) for outcome in outcomes), sum(bool(outcome.trouble) for outcome in outcomes)
    peak = max((outcome.peak_kib for outcome in outcomes), default=0)
    return (
        f"{len(runs)} packages: {sum(o.cpu for o in outcomes):.0f} s CPU, peak {peak // 1024} MiB, {crashes} crashes, {troubles} in trouble"
    )


def judged_lines(found: Mapping[str, Sequence[JsonFinding]]) -> Iterator[str]:
    """The run against the judged list and the expected counts."""
    result = compare(found, load_judged())
    for code, verdicts in sorted(result.verdicts.items()):
        yield f"  {code} judged: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    yield f"unjudged: {len(result.unjudged)}"
    yield from (f"  {place.package} {place.path}:{place.line} {place.code}" for place in result.unjudged)
    for title, rows in (("disappeared", result.disappeared), ("reworded", result.reworded)):
        yield f"{title}: {len(rows)}"
        yield from (f"  {row.package} {row.path}:{row.line} {row.code} was judged {row.verdict}: {row.why}" for row in rows)
    yield "counts that changed:"
    yield from (f"  {line}" for line in differences(load_expected(), counts(found)))


def show_lines(runs: Sequence[PackageRun], size: int, *, unjudged_only: bool) -> Iterator[str]:
    """Sampled findings with their source."""
    judged = {judgement.where for judgement in load_judged()}
    folders = {run.package.folder: run.folder for run in runs}
    findings = [
        (name, finding)
        for run in runs
        for name, finding in ((run.package.folder, finding) for finding in run.outcome.findings)
        if not finding.code.startswith("NN0") and not (unjudged_only and judgements.where(name, finding) in judged)
    ]
    for name, finding in show.sample(findings, size):
        yield from show.lines(folders[name], name, finding)
        yield ""


def unstable_packages(options: argparse.Namespace, packages: Sequence[Package]) -> Iterator[str]:
    """The packages whose output differs between two runs, or between 1 and 4 processes."""
    for package in packages:
        folder = options.corpus / package.folder
        outputs = [measure(command_line(options, count), cwd=folder, timeout=options.timeout).stdout for count in (1, 1, 4)]
        for name, other in (("a second run", outputs[1]), ("4 processes", outputs[2])):
            if other != outputs[0]:
                yield f"{package.folder}: {name} differs"


def main(argv: Sequence[str] | None = None) -> int:
    """Run, compare, print; 1 on a crash, on trouble or on unstable output."""
    options = arguments(argv)
    packages = choose_packages(load_packages(), tier=options.tier, names=frozenset(options.package))
    present = [package for package in packages if (options.corpus / package.folder).is_dir()]
    for package in packages:
        if package not in present:
            print(f"not in place: {package.folder}")
    if options.determinism:
        unstable = list(unstable_packages(options, present))
        print(*unstable, f"{len(present)} packages compared, {len(unstable)} differences", sep="\n")
        return 1 if unstable else 0
    runs = []
    for run in run_packages(options, present):
        runs.append(run)
        print(cost_line(run), flush=True)
    found = {run.package.folder: run.outcome.findings for run in runs}
    print(total_line(runs), *rate_lines(runs), sep="\n")
    if not options.select:
        print(*judged_lines(found), sep="\n")
        if options.update:
            store_expected(counts(found))
    if options.show:
        print(*show_lines(runs, options.show, unjudged_only=options.unjudged), sep="\n")
    return 1 if any(run.outcome.crashes or run.outcome.trouble for run in runs) else 0


if __name__ == "__main__":
    raise SystemExit(main())
