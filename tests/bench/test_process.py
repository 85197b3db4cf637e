"""Child processes are measured, read and stopped."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.phases import PACKAGE, phase
from tests.bench.process import Run, count_lines, measure, read, source_hash
from tests.bench.trees import copy_share, write_tree


def result(stdout: bytes, exit_code: int = 0, stderr: bytes = b"") -> Run:
    return Run(exit_code, stdout, stderr, cpu=1.0, wall=1.0, peak_kib=1)


def test_output_code_and_costs_are_measured(tmp_path: Path) -> None:
    run = measure([sys.executable, "-c", "import sys; print('out'); x = sum(range(10**6)); sys.exit(3)"], cwd=tmp_path)
    assert (run.exit_code, run.stdout, run.timed_out) == (3, b"out\n", False)
    assert 0 < run.cpu < 10
    assert run.peak_kib > 1000


def test_a_process_that_hangs_is_stopped(tmp_path: Path) -> None:
    run = measure([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path, timeout=0.3)
    assert run.timed_out
    assert run.wall < 10
    assert read(run).trouble.startswith("stopped after")


def test_modules_of_the_checked_folder_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported')")
    assert measure([sys.executable, "-P", "-c", "import json"], cwd=tmp_path).exit_code == 0


def test_findings_are_read_from_json() -> None:
    text = b"""[{"code": "NN301", "name": "n", "filename": "a.py", "location": {"row": 3, "column": 1}, "cell": null, "message": "m",
        "related": [{"filename": "b.py", "location": {"row": 1, "column": 2}, "message": "here"}]},
        {"code": "NN009", "filename": "c.py", "location": {"row": 1, "column": 1}, "message": "failed", "related": []}]"""
    outcome = read(result(text, exit_code=2))
    assert [finding.code for finding in outcome.findings] == ["NN301", "NN009"]
    assert outcome.findings[0].related[0].filename == "b.py"
    assert outcome.crashes == ("c.py: failed",)
    assert outcome.trouble == ""


def test_output_that_is_no_json_is_trouble() -> None:
    assert read(result(b"Traceback", 1, b"first\nValueError: bad\n")).trouble == "exit code 1: ValueError: bad"
    assert "not the JSON list" in read(result(b"")).trouble


def test_a_signal_is_trouble() -> None:
    assert read(result(b"[]", -9)).trouble.startswith("exit code -9")


def test_the_source_hash_follows_the_sources(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one")
    before = source_hash(tmp_path)
    assert source_hash(tmp_path) == before
    (tmp_path / "a.py").write_text("two")
    assert source_hash(tmp_path) != before


def test_generated_trees_have_the_size_asked_for(tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", 8)
    copy_share(tmp_path / "tree", tmp_path / "part", 4)
    assert len(list((tmp_path / "tree").rglob("*.py"))) == 16
    assert len(list((tmp_path / "part").rglob("*.py"))) == 4
    assert count_lines(tmp_path / "tree") > 8 * 100


def test_a_sample_belongs_to_the_package_of_its_file() -> None:
    assert phase(f"{PACKAGE}values/ops/shape.py") == "values"
    assert phase(f"{PACKAGE}engine.py") == "engine"
    assert phase("/usr/lib/libcst/_parser.py") is None
