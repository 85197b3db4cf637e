"""Measure lintnn on real bugs: hits in the parents, silence after the fixes.

    python -m tests.real_bugs.run MIRRORS --rules-in-scope tests/real_bugs/scope_first_families.toml --export ../exports

MIRRORS holds git mirrors (``OWNER+NAME/repo``) or plain clones (``OWNER/NAME``) of the manifest's repositories; nothing is fetched.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tests.bench.process import LINTNN
from tests.real_bugs.manifest import HERE, Row, RuleClasses, choose, load_rows, load_rule_classes, load_scope
from tests.real_bugs.scoring import Score, Version, score
from tests.real_bugs.summary import cost_lines, crossfile_lines, detail_lines, hit_lines, score_lines
from tests.real_bugs.versions import Checked, Key, Store, check_all


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path, help="folder of git mirrors or clones")
    parser.add_argument("--manifest", type=Path, default=HERE / "dev.jsonl")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="only these rows")
    parser.add_argument("--class", dest="classes", nargs="+", default=[], metavar="CLASS", help="only rows of these classes")
    parser.add_argument("--part", choices=("working", "blind", "all"), default="all")
    parser.add_argument("--rules-in-scope", type=Path, metavar="FILE", help="scope file: only classes that its rules name")
    parser.add_argument("--export", type=Path, metavar="DIR", help="keep exports and results here (default: a temporary folder)")
    parser.add_argument("--export-only", action="store_true", help="export, run nothing")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the scores; blind rows without places")
    parser.add_argument("--jobs", type=int, default=1, help="versions checked at the same time")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for one version")
    parser.add_argument("--command", nargs="+", default=list(LINTNN), help="another analyser to run (for tests)")
    parser.add_argument("--by-repository", action="store_true", help="print the table per repository too")
    parser.add_argument("--show-hits", action="store_true", help="print the messages of the working part's hits")
    return parser.parse_args(argv)


def score_all(rows: Iterable[Row], checked: dict[Key, Checked], rule_classes: RuleClasses, problems: dict[str, str]) -> list[Score]:
    """Score every row; one that could not be exported or run is a miss with its problem."""
    versions = {key: Version(done.folder, done.outcome.findings) for key, done in checked.items()}
    scores = []
    for row in rows:
        parent = versions.get(Key(row.repo, row.parent))
        if parent is None:
            problem = problems.get(row.id, "not checked")
            scores.append(Score(row.id, row.label, row.repo, row.part, row.crossfile, hits=(), by="", silent=None, problem=problem))
            continue
        fixed = versions.get(Key(row.repo, row.fix_commit)) if row.fix_commit else None
        scores.append(score(row, parent, fixed, rule_classes))
    return scores


def closed(row: Score) -> Score:
    """A blind row without anything that shows its code."""
    return row if row.part == "working" else msgspec.structs.replace(row, hits=row.hits[:0], noise=())


def main(argv: Sequence[str] | None = None) -> int:
    """Export, run, score, print."""
    options = arguments(argv)
    rule_classes = load_rule_classes()
    scope = load_scope(options.rules_in_scope, rule_classes) if options.rules_in_scope else None
    rows = choose(
        load_rows(options.manifest), part=options.part, ids=frozenset(options.only), classes=frozenset(options.classes), scope=scope
    )
    with tempfile.TemporaryDirectory(prefix="lintnn-real-bugs-") as scratch:
        store = Store(options.mirrors, options.export or Path(scratch, "exports"))
        folders, problems = store.export_all(rows)
        for name, problem in problems.items():
            print(f"not exported: {name}: {problem}")
        if options.export_only:
            print(f"{len(folders)} versions of {len(rows)} rows exported")
            return 1 if problems else 0
        checked = check_all(folders, jobs=options.jobs, timeout=options.timeout, command=options.command)
        scores = score_all(rows, checked, rule_classes, problems)
        if options.show_hits:
            print(*hit_lines(scores), "", sep="\n")
        print(*score_lines(scores, by_repository=options.by_repository), "", sep="\n")
        print(*crossfile_lines(scores), "", *detail_lines(scores), "", *cost_lines(checked), sep="\n")
        if options.json:
            options.json.write_bytes(msgspec.json.format(msgspec.json.encode([closed(row) for row in scores]), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
