"""``lintnn PATH…``: what reaches the engine, what is written where, and the exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FINDING, INTERNAL, Lintnn, Outcome


def request_of(engine: Outcome) -> Any:
    assert len(engine.requests) == 1
    return engine.requests[0]


@pytest.mark.parametrize("arguments", [("x.py",), ("check", "x.py"), ("--select", "NN0", "x.py"), ("x.py", "--no-cache")])
def test_check_is_the_default_command(lintnn: Lintnn, engine: Outcome, arguments: tuple[str, ...]) -> None:
    assert lintnn(*arguments).code == 0
    assert request_of(engine).paths == [Path("x.py")]


def test_without_paths_the_current_folder_is_checked(lintnn: Lintnn, engine: Outcome) -> None:
    assert lintnn().code == 0
    assert request_of(engine).paths == [Path()]


def test_a_clean_run(lintnn: Lintnn, engine: Outcome) -> None:
    answer = lintnn("x.py")
    assert (answer.code, answer.out, answer.err) == (0, "All clear: no problems found in 1 file.\n", "")


def test_findings_are_written_to_standard_output(lintnn: Lintnn, engine: Outcome) -> None:
    engine.findings = [FINDING]
    answer = lintnn("x.py")
    assert answer.code == 1
    assert "error[NN001] syntax-error: This is no Python.\n --> x.py:1:1\n  |\n1 | x y\n  | ^^^\n" in answer.out
    assert answer.err == ""


def test_exit_zero(lintnn: Lintnn, engine: Outcome) -> None:
    engine.findings = [FINDING]
    assert lintnn("x.py", "--exit-zero").code == 0


def test_errors_and_internal_errors_give_exit_code_two(lintnn: Lintnn, engine: Outcome) -> None:
    engine.errors = ["y.py: no such file or folder"]
    answer = lintnn("x.py", "y.py", "--exit-zero")
    assert (answer.code, answer.err) == (2, "error: y.py: no such file or folder\n")
    engine.errors, engine.findings = [], [INTERNAL]
    assert lintnn("x.py", "--exit-zero").code == 2


def test_a_misspelt_command_is_suspected(lintnn: Lintnn, engine: Outcome) -> None:
    engine.errors = ["explian: no such file or folder"]
    assert lintnn("explian", "NN001").err == "error: explian: no such file or folder (did you mean `explain`?)\n"


def test_options_become_settings(lintnn: Lintnn, engine: Outcome, tmp_path: Path) -> None:
    lintnn(
        "--select",
        "NN001,syntax-error",
        "--select=NN002",
        "--ignore",
        "NN003",
        "--extend-exclude",
        "a,b",
        "--cache-dir",
        "c",
        "--processes",
        "3",
    )
    request = request_of(engine)
    settings = request.settings
    assert settings.select == ("NN001", "syntax-error", "NN002")
    assert settings.ignore == ("NN003",)
    assert settings.extend_exclude == ("a", "b")
    assert settings.cache_dir == "c"
    assert settings.cache is True
    assert (request.processes, request.root, settings.folder) == (3, tmp_path, tmp_path)


def test_the_settings_file_is_read_unless_the_run_is_isolated(lintnn: Lintnn, engine: Outcome, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.lintnn]\nignore = ["NN002"]\noutput-format = "json"\n')
    assert json.loads(lintnn("x.py").out) == []
    assert lintnn("--isolated", "x.py").out.startswith("All clear")
    first, second = engine.requests
    assert (first.settings.ignore, second.settings.ignore) == (("NN002",), ())  # type: ignore[attr-defined]


def test_another_settings_file_can_be_named(lintnn: Lintnn, engine: Outcome, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('ignore = ["NN002"]\n')
    assert lintnn("--config", "other.toml", "x.py").code == 0
    assert request_of(engine).settings.ignore == ("NN002",)
    assert lintnn("--config", "none.toml", "x.py").err == "error: --config: none.toml: no such file\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--select", "NN00999"), "error: --select: unknown rule `NN00999` (did you mean `NN009`?)\n"),
        (("--ignore", "syntax-eror"), "error: --ignore: unknown rule `syntax-eror` (did you mean `syntax-error`?)\n"),
        (("--nonsense",), "error: No such option"),
        (("--output-format", "sariff"), "error: Invalid value for '--output-format'"),
        (("-", "x.py"), "error: `-` cannot be combined with other paths\n"),
        (("x.py", "--stdin-filename", "y.py"), "error: --stdin-filename: names the text on standard input and cannot be"),
        (("--select", ""), "error: --select: names nothing\n"),
        (("--select", "NN301", "--ignore", " , "), "error: --ignore: names nothing\n"),
        (("--exclude", ""), "error: --exclude: names nothing\n"),
    ],
)
def test_mistakes_on_the_command_line(lintnn: Lintnn, engine: Outcome, arguments: tuple[str, ...], message: str) -> None:
    answer = lintnn(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(message)
    assert engine.requests == []


def test_mistakes_in_the_settings_file(lintnn: Lintnn, engine: Outcome, tmp_path: Path) -> None:
    (tmp_path / "lintnn.toml").write_text('selct = ["NN1"]\n')
    answer = lintnn("x.py")
    assert (answer.code, answer.err) == (2, "error: lintnn.toml: unknown key `selct` (did you mean `select`?)\n")
    (tmp_path / "lintnn.toml").write_text('ignore = ["NN42"]\n')
    assert lintnn("x.py").err.startswith("error: lintnn.toml: key `ignore`: unknown rule `NN42`")


def test_standard_input(lintnn: Lintnn, engine: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(b"a b c\n")

    monkeypatch.setattr("sys.stdin", Input())
    engine.findings = [FINDING]
    answer = lintnn("-", "--stdin-filename", "x.py")
    request = request_of(engine)
    assert (request.paths, request.stdin, request.stdin_filename) == ([], b"a b c\n", "x.py")
    assert "1 | a b c\n" in answer.out


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(data)))


def test_a_name_for_standard_input_is_enough_to_read_it(lintnn: Lintnn, engine: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"x = 1\n")
    assert lintnn("--stdin-filename", "x.py").code == 0
    assert (request_of(engine).paths, request_of(engine).stdin) == ([], b"x = 1\n")


def test_a_notebook_on_standard_input_needs_a_name(lintnn: Lintnn, engine: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'{"cells": [], "nbformat": 4}'
    stdin(monkeypatch, data)
    answer = lintnn("-")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: the text on standard input is a notebook; say so with `--stdin-filename NAME.ipynb`\n"
    stdin(monkeypatch, data)
    assert lintnn("-", "--stdin-filename", "n.ipynb").code == 0
    stdin(monkeypatch, b'{"cells": [1, *x]}')
    assert lintnn("-").code == 0


def test_closed_standard_input(lintnn: Lintnn, engine: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert lintnn("-").err == "error: standard input is closed\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--select", "NN301", "--ignore", "NN301"), ["NN301"]),
        (("--select", "losses,NN201", "--ignore", "NN3,missing-eval-mode"), ["losses", "NN201"]),
        (("--extend-select", "NN301", "--ignore", "softmax-before-cross-entropy"), ["NN301"]),
        (("--select", "NN3", "--ignore", "NN301"), []),
        (("--select", "NN301", "--ignore", "NN3"), []),
    ],
)
def test_a_selection_that_is_taken_back_is_warned_of(lintnn: Lintnn, engine: Outcome, arguments: tuple[str, ...], words: list[str]) -> None:
    answer = lintnn(*arguments, "x.py")
    assert answer.code == 0
    assert answer.err == "".join(f"warning: `{word}` is selected and ignored, so none of its rules is on\n" for word in words)


def test_statistics(lintnn: Lintnn, engine: Outcome) -> None:
    engine.findings = [FINDING, FINDING]
    answer = lintnn("--statistics", "x.py")
    assert (answer.code, answer.out) == (1, "2  NN001  syntax-error\nFound 2 errors in 1 file.\n")


def test_verbose_goes_to_standard_error(lintnn: Lintnn, engine: Outcome) -> None:
    engine.seconds = {"parse": 0.25}
    answer = lintnn("-v", "--output-format", "json", "x.py")
    assert json.loads(answer.out) == []
    assert answer.err == "1 files, 1 parsed, 10 lines\n       parse    0.250 s\n"


@pytest.mark.parametrize(
    ("cut", "line"),
    [
        (["x.py: f"], "1 function was too long to be followed to the end; -v names it.\n"),
        (["x.py: f", "x.py: g"], "2 functions were too long to be followed to the end; -v names them.\n"),
    ],
)
def test_functions_that_were_not_followed_to_the_end_are_counted_and_named(
    lintnn: Lintnn, engine: Outcome, cut: list[str], line: str
) -> None:
    engine.cut = cut
    assert lintnn("x.py").out == f"All clear: no problems found in 1 file.\n{line}"
    assert "too long" not in lintnn("--output-format", "concise", "x.py").out
    assert json.loads(lintnn("--output-format", "json", "x.py").out) == []
    assert lintnn("-v", "x.py").err.endswith("".join(f"too long to be followed to the end: {name}\n" for name in cut))


def test_colours_on_demand(lintnn: Lintnn, engine: Outcome) -> None:
    engine.findings = [FINDING]
    assert "\x1b[1;31merror[NN001]\x1b[0m" in lintnn("--color", "always", "x.py").out
    assert "\x1b" not in lintnn("--color", "always", "--output-format", "pylint", "x.py").out
    assert "\x1b" not in lintnn("x.py").out


def test_an_interrupted_run(lintnn: Lintnn, engine: Outcome) -> None:
    engine.raises = KeyboardInterrupt
    answer = lintnn("x.py")
    assert (answer.code, answer.out, answer.err.strip()) == (130, "", "interrupted")


def test_a_reader_that_goes_away_does_not_change_the_verdict(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x y\n")
    program = f"import sys; from lintnn.cli import run; sys.exit(run([{str(tmp_path / 'x.py')!r}]))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_output_that_the_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    program = "import sys; from lintnn.cli import run; sys.exit(run(['explain', 'NN001']))"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2550" in done.stdout
