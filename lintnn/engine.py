"""From paths to findings: discovery, lowering, evaluation, checks, positions, suppressions. One file is one unit of work."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from lintnn.checks import load_checks, rulebook
from lintnn.checks.base import Check
from lintnn.config.discovery import discover
from lintnn.config.selectors import Selection, codes_of
from lintnn.config.settings import Settings, common_folder, shown_path
from lintnn.findings import Confidence, Finding, Note, Place, Related, Report, Span
from lintnn.frontend import ir
from lintnn.frontend.lower import lower_file
from lintnn.frontend.positions import spans
from lintnn.model import SemanticModel
from lintnn.project.files import Files, looks_damaged, may_matter
from lintnn.project.importers import importers_of
from lintnn.project.imports import Imports
from lintnn.project.symbols import SymbolTable
from lintnn.values.roots import Evaluator

MAX_BYTES = 4_000_000
"""Larger files are not model code; a finding says that they are left out."""
SYNTAX, UNUSED, UNKNOWN_RULE, INTERNAL = "NN001", "NN002", "NN003", "NN009"
MAX_RELATED = 12
RECURSION = 12_000


class Request(Struct):
    """What to check. ``root`` is the project's; ``paths`` are as given; ``stdin`` stands for the file ``stdin_filename``."""

    root: Path
    paths: list[Path]
    settings: Settings
    processes: int = 1
    stdin: bytes | None = None
    stdin_filename: str | None = None


class Result(Struct):
    """What was found. ``errors`` are sentences for standard error (exit code 2); ``seconds`` is CPU time per phase;
    ``cut`` names the functions that were too long to be followed to the end, as ``path: name``."""

    findings: list[Finding]
    errors: list[str]
    files: int
    parsed: int
    lines: int
    seconds: dict[str, float]
    cut: list[str] = []


class FileOutcome(Struct):
    """What the analysis of one file gave; crosses processes."""

    path: str
    reports: list[Report]
    problems: list[ir.Problem]
    suppressions: list[ir.Suppression]
    lines: int
    seconds: dict[str, float]
    failures: list[str]
    cut: list[str] = []


class Session:
    """The analysis of the files of one project in one process."""

    def __init__(
        self, root: Path, codes: frozenset[str], overlay: dict[str, bytes] | None = None, checks: list[Check[object]] | None = None
    ) -> None:
        self.files = Files(root, lower_file, overlay)
        self.table = SymbolTable(self.files, Imports(self.files))
        self.evaluator = Evaluator(self.table)
        self.checks = checks if checks is not None else [check() for check in load_checks(codes)]

    def analyse(self, path: str) -> FileOutcome:
        """Lower a file; evaluate it and run the checks if it can matter."""
        outcome = FileOutcome(path, [], [], [], 0, {}, [])
        data = self.files.data(path)
        if data is None:
            outcome.problems.append(ir.Problem("this file cannot be read", 1, 1, None))
            return outcome
        matters = may_matter(data)
        if not (matters or looks_damaged(path, data) or b"lintnn:" in data or (b"NN" in data and b"noqa" in data)):
            return outcome
        if len(data) > MAX_BYTES:
            problem = f"this file has {len(data) / 1e6:.1f} MB; files of more than {MAX_BYTES / 1e6:.0f} MB are not analysed"
            outcome.problems.append(ir.Problem(problem, 1, 1, None))
            return outcome
        started = time.process_time()
        module = self.files.module(path)
        outcome.seconds["lower"] = time.process_time() - started
        if module is None:
            return outcome
        outcome.problems, outcome.suppressions, outcome.lines = module.problems, module.suppressions, module.lines
        if matters:
            self._evaluate(path, module, outcome)
        return outcome

    def _evaluate(self, path: str, module: ir.Module, outcome: FileOutcome) -> None:
        started = time.process_time()
        try:
            unit = self.evaluator.unit(path)
        except Exception as error:  # one file must not end the run
            outcome.failures.append(f"the interpreter failed: {_describe(error)}")
            return
        evaluated = time.process_time()
        outcome.seconds["values"] = evaluated - started
        outcome.cut = unit.cut
        model = SemanticModel(path, module, unit, self.evaluator.run)
        for check in self.checks:
            try:
                outcome.reports.extend(check.explain(signal) for signal in check.find(model))
            except Exception as error:  # one rule must not end the run
                outcome.failures.append(f"{check.code} failed: {_describe(error)}")
        outcome.seconds["checks"] = time.process_time() - evaluated


def _describe(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}: {error}{where}"


# --- many files --------------------------------------------------------------------------------------

_session: Session | None = None


def _start(root: Path, codes: frozenset[str]) -> None:
    global _session
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is answered once, by the process that was started
    sys.setrecursionlimit(RECURSION)
    gc.disable()
    _session = Session(root, codes)


def _work(path: str) -> bytes:
    assert _session is not None
    outcome = _session.analyse(path)
    return msgspec.msgpack.encode(outcome)


def run(request: Request, progress: Callable[[int, int], None] | None = None) -> Result:
    """Check files; the same request gives the same result with any number of processes."""
    started = time.process_time()
    root = Path(os.path.abspath(request.root))  # noqa: PTH100  # symlinks stay as the user wrote them
    found = discover(request.paths, request.settings)
    paths = [_relative(file, root) for file in found.files]
    overlay: dict[str, bytes] = {}
    if request.stdin is not None:
        name = _relative(Path(os.path.abspath(request.stdin_filename or "stdin.py")), root)  # noqa: PTH100
        overlay[name] = request.stdin
        paths.append(name)
    selection = Selection(request.settings, rulebook())
    around = _importers(root, request)
    seconds = {"discovery": time.process_time() - started}
    outcomes = _analyse(root, sorted({*paths, *around}), selection.codes, overlay, request.processes, progress)
    named = {_relative(Path(os.path.abspath(path)), root) for path in request.paths if path.is_file()} | set(overlay)  # noqa: PTH100
    _parse_named(root, overlay, [outcome for outcome in outcomes if outcome.path in named])
    for outcome in outcomes:
        for phase, spent in outcome.seconds.items():
            seconds[phase] = seconds.get(phase, 0.0) + spent
    started = time.process_time()
    findings = Presenter(root, overlay, selection, set(paths)).findings(outcomes)
    seconds["positions"] = time.process_time() - started
    errors = list(found.errors)
    errors.extend(f"{_shown(root, o.path)}: {failure}" for o in outcomes for failure in o.failures)
    parsed = sum("lower" in outcome.seconds for outcome in outcomes)
    cut = [f"{_shown(root, outcome.path)}: {name}" for outcome in outcomes for name in outcome.cut]
    return Result(findings, errors, len(paths), parsed, sum(outcome.lines for outcome in outcomes), seconds, cut)


def _parse_named(root: Path, overlay: dict[str, bytes], outcomes: list[FileOutcome]) -> None:
    """A file that is named is parsed even if it cannot matter: whoever names it wants to know that it does not parse."""
    files = Files(root, lower_file, overlay)
    for outcome in outcomes:
        if "lower" not in outcome.seconds and not outcome.problems and (module := files.module(outcome.path)) is not None:
            outcome.problems = module.problems


def _importers(root: Path, request: Request) -> set[str]:
    """Files that use a named file: their findings may rest on it."""
    named = [path for path in request.paths if path.is_file()]
    if not named:
        return set()
    files = Files(root, lower_file)
    around = common_folder(named) if root in (Path(root.anchor), Path.home()) else root
    candidates = [_relative(file, root) for file in discover([around], request.settings).files]
    targets = [_relative(Path(os.path.abspath(path)), root) for path in named]  # noqa: PTH100
    return importers_of(files, Imports(files), candidates, targets)


def _relative(file: Path, root: Path) -> str:
    return Path(os.path.relpath(file, root)).as_posix()


def _shown(root: Path, path: str) -> str:
    return shown_path(Path(os.path.normpath(root / path)))


SMALL_RUN = 24
"""Fewer files than this are not worth a second process."""


def _analyse(
    root: Path,
    paths: list[str],
    codes: frozenset[str],
    overlay: dict[str, bytes],
    processes: int,
    progress: Callable[[int, int], None] | None,
) -> list[FileOutcome]:
    count = processes or os.cpu_count() or 1
    if count == 1 or len(paths) < SMALL_RUN or overlay:
        return _analyse_here(root, paths, codes, overlay, progress)
    odd = [path for path in paths if not path.isprintable()]  # a name that is no Unicode cannot be sent to another process
    outcomes = _analyse_here(root, odd, codes, overlay, None) if odd else []
    paths = [path for path in paths if path.isprintable()]
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    with context.Pool(count, _start, (root, codes)) as pool:
        for done, data in enumerate(pool.imap(_work, paths, chunksize=4), 1):
            outcomes.append(msgspec.msgpack.decode(data, type=FileOutcome))
            if progress is not None:
                progress(done, len(paths))
    return sorted(outcomes, key=lambda outcome: outcome.path)


def _analyse_here(
    root: Path, paths: list[str], codes: frozenset[str], overlay: dict[str, bytes], progress: Callable[[int, int], None] | None
) -> list[FileOutcome]:
    session = Session(root, codes, overlay)
    outcomes = []
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, RECURSION))
    gc.disable()
    try:
        for done, path in enumerate(paths, 1):
            outcomes.append(session.analyse(path))
            if progress is not None:
                progress(done, len(paths))
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()
    return outcomes


# --- from reports to findings --------------------------------------------------------------------------


class Presenter:
    """Turns reports into findings: positions, suppressions, fingerprints, order."""

    def __init__(self, root: Path, overlay: dict[str, bytes], selection: Selection, shown: set[str]) -> None:
        self._root = root
        self._files = Files(root, lower_file, overlay)
        self._selection = selection
        self._shown = shown
        self._book = rulebook()
        self._suppressed: dict[str, list[ir.Suppression]] = {}

    def findings(self, outcomes: Iterable[FileOutcome]) -> list[Finding]:
        """All findings to show, sorted."""
        outcomes = list(outcomes)
        reports = self._distinct(report for outcome in outcomes for report in outcome.reports if self._may_show(report))
        places = self._positions(reports)
        found = [finding for report in reports if (finding := self._finding(report, places)) is not None]
        found.extend(self._problem(o.path, problem) for o in outcomes if o.path in self._shown for problem in o.problems)
        found.extend(self._failure(outcome.path, failure) for outcome in outcomes for failure in outcome.failures)
        book = SuppressionBook({o.path: o.suppressions for o in outcomes}, self._root, self._selection, self._book)
        kept = [finding for finding in found if not book.suppresses(finding)]
        shown = {_shown(self._root, path) for path in self._shown}
        complaints = (finding for finding in book.complaints() if finding.span.path in shown)
        kept.extend(finding for finding in complaints if self._selection.shows(finding.code, finding.confidence))
        kept = [finding for finding in kept if self._is_on(finding)]
        return with_fingerprints(sorted(kept, key=_order))

    def _may_show(self, report: Report) -> bool:
        """Whether the selection shows reports of this rule and confidence; positions of others are never looked up."""
        return self._selection.shows(report.code, self._confidence(report))

    def _confidence(self, report: Report) -> Confidence:
        """The lower one of what the rule and what the report may claim."""
        rule = self._book.get(report.code)
        assert rule is not None
        return min(report.confidence, rule.confidence, key=list(Confidence)[::-1].index)

    def _is_on(self, finding: Finding) -> bool:
        ignored = self._selection.ignored_in(Path(os.path.abspath(finding.span.path)))  # noqa: PTH100
        return finding.code not in ignored and self._selection.shows(finding.code, finding.confidence)

    def _distinct(self, reports: Iterable[Report]) -> list[Report]:
        """Of reports of one rule at one place the one with the highest confidence, then the fewest notes."""
        best: dict[tuple[str, Place], Report] = {}
        for report in reports:
            involved = {report.place.path, *(note.place.path for note in report.notes)}
            if not involved & self._shown:
                continue
            key = (report.code, report.place)
            known = best.get(key)
            if known is None or _rank(report) < _rank(known):
                best[key] = report
        return [best[key] for key in sorted(best)]

    def _positions(self, reports: list[Report]) -> dict[Place, Span]:
        wanted: dict[str, set[int]] = {}
        for report in reports:
            for place in (report.place, *(note.place for note in report.notes)):
                if place.at >= 0:
                    wanted.setdefault(place.path, set()).add(place.at)
        result = {}
        for path, ordinals in sorted(wanted.items()):
            data = self._files.data(path)
            if data is None:
                continue
            for ordinal, span in spans(data, path, _shown(self._root, path), ordinals).items():
                result[Place(path, ordinal)] = span
        return result

    def _finding(self, report: Report, places: dict[Place, Span]) -> Finding | None:
        span = places.get(report.place)
        if span is None:
            return None
        rule = self._book.get(report.code)
        assert rule is not None
        related = tuple(self._related(report, span, places))[:MAX_RELATED]
        return Finding(
            code=rule.code,
            name=rule.name,
            severity=rule.severity,
            confidence=self._confidence(report),
            message=report.message,
            why=report.why,
            advice=report.advice,
            span=span,
            related=related,
            fingerprint="",
            symbol=report.symbol,
        )

    @staticmethod
    def _related(report: Report, primary: Span, places: dict[Place, Span]) -> Iterable[Related]:
        last = None
        for note in report.notes:
            span = places.get(note.place)
            if span is None or (span == last):
                continue
            last = span
            yield Related(span, note.message)

    def _problem(self, path: str, problem: ir.Problem) -> Finding:
        span = Span(_shown(self._root, path), problem.row, problem.column, problem.row, problem.column + 1, problem.cell)
        return self._own(SYNTAX, problem.message, span, "", "Nothing in it can be checked until it parses.")

    def _failure(self, path: str, failure: str) -> Finding:
        span = Span(_shown(self._root, path), 1, 1, 1, 1)
        advice = "Please report this with the file, or as much of it as still makes it fail; the rest of the run is not affected."
        return self._own(INTERNAL, failure, span, "Findings of this rule in this file may be missing.", advice)

    def _own(self, code: str, message: str, span: Span, why: str, advice: str) -> Finding:
        return own_finding(self._book, code, message, span, why, advice)


def own_finding(book: object, code: str, message: str, span: Span, why: str, advice: str) -> Finding:
    """A finding of a rule about the analysis itself."""
    rule = rulebook().get(code)
    assert rule is not None
    return Finding(code, rule.name, rule.severity, rule.confidence, message, why, advice, span, (), "")


def _rank(report: Report) -> tuple[int, int, str, tuple[tuple[Place, str], ...]]:
    trail = tuple((note.place, note.message) for note in report.notes)
    return (list(Confidence).index(report.confidence), len(report.notes), report.message, trail)


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.span.path, finding.span.cell or 0, finding.span.row, finding.span.column, finding.code, finding.message)


def with_fingerprints(findings: list[Finding]) -> list[Finding]:
    """Fingerprints over path, rule, message, symbol and an ordinal among equals; never over line numbers."""
    seen: dict[tuple[str, ...], int] = {}
    result = []
    for finding in findings:
        key = (finding.span.path, finding.code, finding.symbol, finding.message)
        seen[key] = seen.get(key, 0) + 1
        digest = hashlib.sha256("\0".join((*key, str(seen[key]))).encode(errors="replace")).hexdigest()[:16]
        result.append(msgspec.structs.replace(finding, fingerprint=digest))
    return result


class SuppressionBook:
    """The suppression comments of all files, which of them were used, and which name rules that do not exist."""

    def __init__(self, suppressions: dict[str, list[ir.Suppression]], root: Path, selection: Selection, book: object) -> None:
        self._root = root
        self._selection = selection
        self._by_path = {_shown(root, path): found for path, found in suppressions.items() if found}
        self._used: set[tuple[str, int, str]] = set()
        words = {word for found in self._by_path.values() for suppression in found for word in suppression.rules}
        self._codes = {word: codes_of(word, rulebook()) for word in ("", *words)}

    def suppresses(self, finding: Finding) -> bool:
        """Whether a comment turns this finding off; the comment counts as used."""
        if finding.code in (INTERNAL, SYNTAX):
            return False
        hit = False
        for index, suppression in enumerate(self._by_path.get(finding.span.path, ())):
            if suppression.form != "file" and not self._covers(suppression, finding):
                continue
            for word in suppression.rules or [""]:
                if word == "" or finding.code in self._codes[word]:
                    self._used.add((finding.span.path, index, word))
                    hit = True
        return hit

    @staticmethod
    def _covers(suppression: ir.Suppression, finding: Finding) -> bool:
        span = finding.span
        return suppression.cell == span.cell and span.row <= suppression.row <= max(span.row, span.end_row)

    def complaints(self) -> Iterable[Finding]:
        """Comments that suppress nothing, and names of rules that do not exist."""
        for path, found in sorted(self._by_path.items()):
            for index, suppression in enumerate(found):
                span = Span(path, suppression.row, suppression.column, suppression.row, suppression.end_column, suppression.cell)
                yield from self._complaints_of(path, index, suppression, span)

    def _complaints_of(self, path: str, index: int, suppression: ir.Suppression, span: Span) -> Iterable[Finding]:
        for word in suppression.rules or [""]:
            codes = self._codes[word]
            if word and not codes:
                if suppression.form == "noqa" and not word.upper().startswith("NN"):
                    continue
                advice = f"Write a code, a name or a family of rules{rulebook().suggestion(word)}."
                yield own_finding(None, UNKNOWN_RULE, f"`{word}` is not a rule of lintnn.", span, "The comment suppresses nothing.", advice)
            elif (path, index, word) not in self._used and codes <= self._selection.codes:
                what = f"This comment suppresses `{word}`, which is not reported here." if word else "This comment suppresses nothing."
                yield own_finding(None, UNUSED, what, span, "It hides the next real report on this line.", "Remove it.")


__all__ = ["FileOutcome", "Note", "Request", "Result", "Session", "run"]
