"""The command line in its own process or in this one, with an engine that reports what a test wants."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from lintnn import cli
from lintnn.findings import Confidence, Finding, Severity, Span

FINDING = Finding(
    code="NN001",
    name="syntax-error",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    message="This is no Python.",
    why="It was not analysed.",
    advice="Repair it.",
    span=Span("x.py", 1, 1, 1, 4),
    related=(),
    fingerprint="f",
)
INTERNAL = msgspec.structs.replace(FINDING, code="NN009", name="internal-error")


class Outcome(Struct):
    """What the engine will say, and the request it got."""

    findings: list[Finding] = []
    errors: list[str] = []
    files: int = 1
    parsed: int = 1
    lines: int = 10
    seconds: dict[str, float] = {}
    cut: list[str] = []
    requests: list[object] = []
    raises: type[BaseException] | None = None


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """An engine whose answer the test sets."""
    outcome = Outcome()
    module = types.ModuleType("lintnn.engine")

    class Request(Struct):
        root: Path
        paths: list[Path]
        settings: object
        processes: int = 1
        stdin: bytes | None = None
        stdin_filename: str | None = None

    def run(request: Request, progress: Callable[[int, int], None] | None = None) -> Outcome:
        outcome.requests.append(request)
        if outcome.raises:
            raise outcome.raises
        if progress:
            progress(1, 1)
        return outcome

    module.Request, module.run = Request, run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lintnn.engine", module)
    monkeypatch.setattr("lintnn.engine", module, raising=False)
    return outcome


class Answer(Struct):
    code: int
    out: str
    err: str


Lintnn = Callable[..., Answer]


@pytest.fixture
def lintnn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lintnn:
    """Runs a command line in a folder that holds one file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "x.py").write_text("x y\n")

    def run(*arguments: str) -> Answer:
        code = cli.run(arguments)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run
