"""The guard of ``conftest.py``: what does not run is a failure unless it is listed with a reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ALLOWED_FILE, allowed_tests

SUITE = """\
import pytest

def test_that_runs():
    pass

@pytest.mark.skip(reason="lazy")
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected_to_fail():
    assert False

@pytest.mark.xfail
def test_expected_to_fail_that_passes():
    pass
"""
ALLOWED = """\
[[allowed]]
test = "test_suite.py::test_skipped"
reason = "shows that it can be allowed"

[[allowed]]
test = "test_suite.py::test_expected*"
reason = "the same"
"""


def run(folder: Path, allowed: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ALLOWED_FILE.with_name("conftest.py"), folder)
    (folder / ALLOWED_FILE.name).write_text(allowed)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_unlisted_skips_fail_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    done = run(tmp_path, "")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    for test in ("test_skipped", "test_expected_to_fail", "test_expected_to_fail_that_passes"):
        assert f"test_suite.py::{test}: " in done.stdout
    assert "test_that_runs:" not in done.stdout


def test_listed_skips_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    assert run(tmp_path, ALLOWED).returncode == pytest.ExitCode.OK


def test_a_whole_module_that_is_skipped_counts(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    (tmp_path / "test_other.py").write_text("def test_one():\n    pass\n")
    done = run(tmp_path, "")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "test_suite.py: skipped" in done.stdout


def test_permissions_need_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        allowed_tests('[[allowed]]\ntest = "x"\nreason = " "\n')
