"""Runs the pages of rules as tests: every example must give exactly the reports that its comments mark, every proof must hold.

For authors of rules::

    def test_page():
        check_page(read_page(Path("rules/NN301-softmax-before-cross-entropy.md")))

Marks are comments at the end of the line that is reported: ``# error`` (the rule of the page), ``# error: [other-name]``,
``# missing: why`` (a report belongs here and does not come) and ``# spurious: why`` (a report comes that is false).
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from msgspec import Struct

from lintnn.checks import rulebook
from lintnn.config.rulebook import Rulebook
from lintnn.config.settings import Settings
from lintnn.findings import Finding
from lintnn.report.terminal import plural

_TITLE = re.compile(r"^# (?P<name>[a-z0-9-]+) \((?P<code>[A-Z]+\d+)\)$")
_FENCE = re.compile(r"^(?P<fence>`{3,})py(?P<info>(?:\s.*)?)$")
_FILE = re.compile(r"\bfile=(\S+)")
_MARK = re.compile(r"#\s*(?P<kind>error|missing|spurious)\b(?P<rest>[^#]*)")
_MARKS = re.compile(r"\s*#\s*(?:error(?:\s*$|\s*:\s*\[|\s*#)|missing:|spurious:).*$")
_NAMES = re.compile(r"^:\s*\[(?P<names>[^\]]*)\]\s*$")
_ONLY_FILE = "example.py"
_PROOF_SECONDS = 600


class PageError(Exception):
    """A page that cannot be understood; the text names the page and the line."""


class Mark(Struct, frozen=True, order=True):
    """What a comment says about a line: ``kind`` is ``error``, ``missing`` or ``spurious``; ``page_row`` is the line in the page."""

    file: str
    row: int
    rule: str
    kind: str
    page_row: int


class Example(Struct, frozen=True):
    """The files of one example, without their marks, the lines of the page at which they start, and what is expected of them."""

    section: str
    heading: str
    row: int
    files: dict[str, str]
    starts: dict[str, int]
    marks: tuple[Mark, ...]

    def page_row(self, file: str, row: int) -> int:
        """The line of the page that holds a line of a file."""
        return self.starts.get(file, self.row) + row - 1


class Proof(Struct, frozen=True):
    """A script that asserts the harm; ``row`` is the line of the page at which it starts."""

    page: str
    row: int
    source: str


class Page(Struct, frozen=True):
    """A page, taken apart."""

    path: Path
    code: str
    name: str
    examples: tuple[Example, ...]
    proofs: tuple[Proof, ...]
    sections: tuple[str, ...]
    text: str


class _Block(Struct):
    section: str
    heading: str
    row: int
    info: str
    lines: list[str]


def read_page(path: Path) -> Page:
    """Read and take apart a page. Raises :class:`PageError`."""
    return parse_page(path.read_text(encoding="utf-8"), path)


def parse_page(text: str, path: Path) -> Page:
    """Take apart the text of a page. Raises :class:`PageError`."""
    title = _TITLE.match(text.partition("\n")[0])
    if not title:
        raise PageError(f"{path.name}:1: the title must read `# rule-name (NN123)`")
    name = title["name"]
    blocks, sections = _blocks(text, path)
    proofs = tuple(Proof(path.name, block.row, "\n".join(block.lines) + "\n") for block in blocks if "proof" in block.info.split())
    groups = _examples([block for block in blocks if not {"proof", "fixed"} & set(block.info.split())])
    examples = tuple(_example(group, name, path) for group in groups)
    return Page(path, title["code"], name, examples, proofs, tuple(sections), text)


def _blocks(text: str, path: Path) -> tuple[list[_Block], list[str]]:
    blocks: list[_Block] = []
    sections: list[str] = []
    section = heading = fence = ""
    inside: _Block | None = None
    for row, line in enumerate(text.splitlines(), 1):
        if fence:
            if line.rstrip() == fence:
                fence, inside = "", None
            elif inside:
                inside.lines.append(line)
        elif opening := _FENCE.match(line):
            fence, inside = opening["fence"], _Block(section, heading, row + 1, opening["info"].strip(), [])
            blocks.append(inside)
        elif line.startswith("```"):
            fence = re.match(r"`+", line)[0]  # type: ignore[index]  # the line starts with backticks
        elif line.startswith("## "):
            section, heading = line[3:].strip(), ""
            sections.append(section)
        elif line.startswith("### "):
            heading = line[4:].strip()
    if fence:
        raise PageError(f"{path.name}: the last block of code is not closed")
    return blocks, sections


def _file_of(block: _Block) -> str | None:
    found = _FILE.search(block.info)
    return found[1] if found else None


def _examples(blocks: Iterable[_Block]) -> list[list[_Block]]:
    """Blocks that follow one another under one heading and name different files belong together."""
    groups: list[list[_Block]] = []
    for block in blocks:
        file, last = _file_of(block), groups[-1] if groups else []
        together = (
            file is not None
            and bool(last)
            and (last[0].section, last[0].heading) == (block.section, block.heading)
            and all(_file_of(other) not in (None, file) for other in last)
        )
        if together:
            last.append(block)
        else:
            groups.append([block])
    return groups


def _example(blocks: Sequence[_Block], rule: str, path: Path) -> Example:
    files: dict[str, str] = {}
    marks: list[Mark] = []
    for block in blocks:
        file = _file_of(block) or _ONLY_FILE
        lines = []
        for offset, line in enumerate(block.lines):
            found = _MARKS.search(line)
            if found:
                marks += _marks_of(found[0], file, offset + 1, block.row + offset, rule, path)
                line = line[: found.start()]
            lines.append(line)
        files[file] = "\n".join(lines) + "\n"
    first = blocks[0]
    starts = {_file_of(block) or _ONLY_FILE: block.row for block in blocks}
    return Example(first.section, first.heading, first.row, files, starts, tuple(marks))


def _marks_of(comment: str, file: str, row: int, page_row: int, rule: str, path: Path) -> Iterable[Mark]:
    for found in _MARK.finditer(comment):
        kind, rest = found["kind"], found["rest"].strip()
        if kind != "error":
            if not rest.startswith(":") or not rest[1:].strip():
                raise PageError(f"{path.name}:{page_row}: `# {kind}:` must say why")
            names = [rule]
        elif not rest:
            names = [rule]
        elif listed := _NAMES.match(rest):
            names = [name.strip() for name in listed["names"].split(",") if name.strip()]
        else:
            raise PageError(f"{path.name}:{page_row}: write `# error` or `# error: [rule-name, …]`")
        for name in names:
            yield Mark(file, row, name, kind, page_row)


def differences(page: Page, book: Rulebook | None = None) -> list[str]:
    """Run all examples of a page; the differences between reports and marks as lines, empty if there are none."""
    return list(chain.from_iterable(_differences_by_example(page, book or rulebook())))


def check_page(page: Page, book: Rulebook | None = None) -> None:
    """Fail with one readable message if an example of the page gives other reports than it marks."""
    found = _differences_by_example(page, book or rulebook())
    if found:
        count = sum(len(lines) - 1 for lines in found)
        scope = f"{len(found)} of {plural(len(page.examples), 'example')}"
        raise AssertionError("\n".join([f"{page.path.name}: {plural(count, 'difference')} in {scope}", *chain.from_iterable(found)]))


def _differences_by_example(page: Page, book: Rulebook) -> list[list[str]]:
    """For each example that has some: its heading, then its differences."""
    return [lines for example in page.examples if (lines := _differences(page, example, book))]


def _differences(page: Page, example: Example, book: Rulebook) -> list[str]:
    findings, errors = _findings(page, example, book)
    title = f"  {example.section}{' / ' + example.heading if example.heading else ''} (line {example.row})"
    lines = [f"    the analysis failed: {error}" for error in errors]
    got = {(file, finding.span.row, finding.name): finding for file, finding in findings}
    wanted = {(mark.file, mark.row, mark.rule): mark for mark in example.marks}
    for key, mark in sorted(wanted.items()):
        reported = key in got
        if mark.kind == "error" and not reported:
            lines.append(f"    {_where(key, mark.page_row)}: expected {mark.rule}, nothing came")
        elif mark.kind == "missing" and reported:
            lines.append(f"    {_where(key, mark.page_row)}: marked missing, but {mark.rule} comes now: make it `# error`")
        elif mark.kind == "spurious" and not reported:
            lines.append(f"    {_where(key, mark.page_row)}: marked spurious, but {mark.rule} no longer comes: remove the mark")
    for key, finding in sorted(got.items(), key=lambda entry: entry[0]):
        if key not in wanted:
            lines.append(
                f"    {_where(key, example.page_row(key[0], key[1]))}: unexpected {finding.name} ({finding.code}): {finding.message}"
            )
    return [title, *lines] if lines else []


def _where(key: tuple[str, int, str], page_row: int) -> str:
    return f"{key[0]}:{key[1]} (page line {page_row})"


def _findings(page: Page, example: Example, book: Rulebook) -> tuple[list[tuple[str, Finding]], list[str]]:
    """The reports of tiers 1 and 2 and of the page's own rule, each with the name of its file in the example."""
    from lintnn.engine import Request, run

    on = tuple(rule.code for rule in book if rule.tier <= 2 or rule.code == page.code)
    with tempfile.TemporaryDirectory(prefix="lintnn-page-") as name:
        folder = Path(name).resolve()
        for file, text in example.files.items():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        settings = Settings(select=on, cache=False, folder=folder)
        result = run(Request(root=folder, paths=[folder], settings=settings))
        located = [(_relative(finding.span.path, folder), finding) for finding in result.findings]
    return located, result.errors


def _relative(path: str, folder: Path) -> str:
    absolute = (Path.cwd() / path).resolve()
    return absolute.relative_to(folder).as_posix() if absolute.is_relative_to(folder) else path


class ProofResult(Struct, frozen=True):
    """``problem`` is empty for a proof that holds, else the traceback."""

    page: str
    row: int
    problem: str


def run_proofs(proofs: Sequence[Proof]) -> dict[tuple[str, int], str]:
    """Run proofs with the Python that runs this, all in one process of their own; problems by page and row, empty if it holds."""
    if not proofs:
        return {}
    request = json.dumps([[proof.page, proof.row, proof.source] for proof in proofs])
    command = [sys.executable, "-c", "from lintnn.testing import serve_proofs; serve_proofs()"]
    try:
        done = subprocess.run(command, input=request, capture_output=True, text=True, encoding="utf-8", timeout=_PROOF_SECONDS, check=False)
        output, trouble = done.stdout, f"the process ended with code {done.returncode}\n{done.stderr[-2000:]}"
    except subprocess.TimeoutExpired as error:
        output = (error.stdout or b"").decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        trouble = f"the proofs took longer than {_PROOF_SECONDS} s"
    results = {(page, row): problem for page, row, problem in map(json.loads, output.splitlines())}
    return {(proof.page, proof.row): results.get((proof.page, proof.row), f"no result: {trouble}") for proof in proofs}


def serve_proofs() -> None:
    """Run the proofs that standard input lists; write a line of JSON for each. The other end is :func:`run_proofs`."""
    import torch

    output = sys.stdout
    for page, row, source in json.load(sys.stdin):
        torch.manual_seed(0)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        output.write(json.dumps([page, row, _problem_of(f"{page} (proof)", row, source)]) + "\n")
        output.flush()


def _problem_of(name: str, row: int, source: str) -> str:
    padded = "\n" * (row - 1) + source
    linecache.cache[name] = (len(padded), None, padded.splitlines(keepends=True), name)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(padded, name, "exec"), {"__name__": "__proof__"})
    except BaseException:
        return traceback.format_exc(limit=-3)
    return ""
