"""What is run: the cases of the interpreter suites and the Bad and Good examples of the pages; and how the two sides are compared."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from lintnn.testing import read_page
from tests.oracle.comparing import Snapshot, disagreement, is_informative
from tests.suites.observing import Observation, observe_all
from tests.suites.reading import read_cases

PROJECT = Path(__file__).resolve().parent.parent.parent
SUITES = sorted((PROJECT / "tests" / "suites" / "values").glob("*.md"))
PAGES = sorted((PROJECT / "rules").glob("NN*.md"))
TIME_LIMIT = 240


class Program(Struct, frozen=True):
    """One case or example: the document it stands in, its title, its files; the last one is run."""

    document: str
    title: str
    files: dict[str, str]


class Outcome(Struct, frozen=True):
    """What running a program gave. ``problem``: why it could not run. ``compared``: concrete values that a fact could have contradicted."""

    program: Program
    problem: str
    compared: int
    disagreements: tuple[str, ...]


def programs() -> list[Program]:
    """Everything that may be run."""
    found = [Program(path.stem, case.title, case.files) for path in SUITES for case in read_cases(path)]
    for path in PAGES:
        examples = [example for example in read_page(path).examples if example.section in ("Bad", "Good")]
        found += [Program(path.stem, f"{one.section} / {one.heading} (line {one.row})", one.files) for one in examples]
    return [program for program in found if all(_is_python(text) for file, text in program.files.items()) and _scripts_only(program)]


def _scripts_only(program: Program) -> bool:
    return all(file.endswith(".py") for file in program.files)


def _is_python(text: str) -> bool:
    try:
        compile(text, "example", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def run_all(chosen: Sequence[Program]) -> list[Outcome]:
    """Run programs under torch, all in one process of their own, and compare."""
    requests = "".join(json.dumps(program.files) + "\n" for program in chosen)
    command = [sys.executable, "-m", "tests.oracle.recorder"]
    done = subprocess.run(
        command, input=requests, capture_output=True, text=True, encoding="utf-8", timeout=TIME_LIMIT, check=False, cwd=PROJECT
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(chosen):
        raise RuntimeError(f"the recorder died in {chosen[len(answers)].title}: {done.stderr[-2000:]}")
    return [_outcome(program, answer) for program, answer in zip(chosen, answers, strict=True)]


def _outcome(program: Program, answer: dict[str, object]) -> Outcome:
    if answer["problem"]:
        return Outcome(program, str(answer["problem"]), 0, ())
    known: dict[tuple[str, str, int, int], list[Observation]] = {}
    observations, complete = observe_all(program.files)
    for seen in observations:
        known.setdefault((seen.root, seen.span.path, seen.span.row, seen.span.column), []).append(seen)
    compared = 0
    found: list[str] = []
    for phase, file, row, column, kept in answer["records"]:  # type: ignore[attr-defined]
        here = known.get((phase, file, row, column), [])
        whole = complete or all(one.calls == 0 for one in here)
        if here and whole and is_informative([(one.value, one.objects) for one in here]):
            compared += len(kept)
            found += _disagreements(program, file, row, here, kept)
    return Outcome(program, "", compared, tuple(found))


def _disagreements(program: Program, file: str, row: int, here: list[Observation], kept: Iterable[Snapshot]) -> Iterable[str]:
    for concrete in kept:
        reason = disagreement([(one.value, one.objects) for one in here], concrete)
        if reason:
            line = program.files[file].splitlines()[row - 1].strip()
            claimed = " / ".join(dict.fromkeys(one.text for one in here))
            yield f"{program.title}, {file}:{row}: {line}\n    interpreter: {claimed}\n    torch: {reason}"
            return
