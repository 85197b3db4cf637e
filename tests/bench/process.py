"""Run lintnn (or any command) as a child process and measure it: output, exit code, CPU time, wall time, peak memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

PROJECT = Path(__file__).resolve().parents[2]
LINTNN = (sys.executable, "-P", "-m", "lintnn")
"""``-P`` keeps modules of the checked folder from shadowing the analyser's own imports."""


class Run(Struct, frozen=True):
    """What one child process did. Seconds are CPU (user and system) and wall; ``peak_kib`` is its largest resident size."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    cpu: float
    wall: float
    peak_kib: int
    timed_out: bool = False


class Position(Struct, frozen=True, order=True):
    """A row and a column, both from 1."""

    row: int
    column: int


class RelatedFinding(Struct, frozen=True):
    """A place of evidence in the JSON output."""

    filename: str
    location: Position
    message: str = ""
    cell: int | None = None


class JsonFinding(Struct, frozen=True):
    """The part of lintnn's JSON output that measuring needs."""

    code: str
    filename: str
    location: Position
    message: str = ""
    confidence: str = "high"
    cell: int | None = None
    related: tuple[RelatedFinding, ...] = ()


class Outcome(Struct, frozen=True):
    """The findings of one lintnn run and what it cost. ``trouble`` tells why there is no readable output, if so."""

    findings: tuple[JsonFinding, ...]
    exit_code: int
    cpu: float
    wall: float
    peak_kib: int
    trouble: str = ""
    crashes: tuple[str, ...] = field(default_factory=tuple)


def environment(cache_home: str) -> dict[str, str]:
    """The environment of a measured run: this checkout's lintnn, an empty cache, a fixed hash seed."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "XDG_CACHE_HOME": cache_home, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


LAUNCHER = """
import json, os, sys
child = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as stream:
    json.dump([usage.ru_utime + usage.ru_stime, usage.ru_maxrss], stream)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
"""
"""A small process in between: the peak memory of a child counts from its fork, so a large parent would be counted in."""


def measure(command: Sequence[str], *, cwd: Path, timeout: float = 600.0) -> Run:
    """Run a command to its end, or kill it with its children after ``timeout`` seconds."""
    with tempfile.TemporaryDirectory(prefix="lintnn-measure-") as scratch:
        out, err, used = Path(scratch, "stdout"), Path(scratch, "stderr"), Path(scratch, "used")
        timed_out = threading.Event()
        with out.open("wb") as stdout, err.open("wb") as stderr:
            started = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", LAUNCHER, str(used), *command],
                cwd=cwd,
                env=environment(scratch),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

            def stop() -> None:
                timed_out.set()
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)

            timer = threading.Timer(timeout, stop)
            timer.start()
            _, status, usage = os.wait4(child.pid, 0)
            timer.cancel()
            wall = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
        cpu, peak_kib = msgspec.json.decode(used.read_bytes()) if used.is_file() else (usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
        return Run(
            exit_code=child.returncode,
            stdout=out.read_bytes(),
            stderr=err.read_bytes(),
            cpu=cpu,
            wall=wall,
            peak_kib=peak_kib,
            timed_out=timed_out.is_set(),
        )


def check(folder: Path, *options: str, timeout: float = 600.0, command: Sequence[str] = LINTNN) -> Outcome:
    """Run ``lintnn check --isolated … --output-format json .`` in a folder and read what it says."""
    return read(measure([*command, "check", "--isolated", *options, "--output-format", "json", "."], cwd=folder, timeout=timeout))


def read(run: Run) -> Outcome:
    """The findings in a run's output; unreadable output, a time-out or an unknown exit code is trouble."""
    trouble = ""
    findings: tuple[JsonFinding, ...] = ()
    try:
        findings = msgspec.json.decode(run.stdout, type=tuple[JsonFinding, ...])
    except msgspec.DecodeError as error:
        trouble = f"output is not the JSON list expected: {error}"
    if run.timed_out:
        trouble = f"stopped after {run.wall:.0f} s"
    elif trouble or run.exit_code not in (0, 1, 2):
        last = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        trouble = f"exit code {run.exit_code}: {(last or [trouble])[0]}"
    crashes = tuple(f"{finding.filename}: {finding.message}" for finding in findings if finding.code == "NN009")
    return Outcome(findings, run.exit_code, run.cpu, run.wall, run.peak_kib, trouble, crashes)


def source_hash(package: Path = PROJECT / "lintnn") -> str:
    """A hash over the analyser's own files: results stored under it are valid as long as nothing in it changed."""
    digest = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def count_lines(folder: Path) -> int:
    """Physical lines over all Python files of a folder."""
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.py") if path.is_file())
