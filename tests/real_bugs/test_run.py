"""The runner end to end: a small repository, an invented analyser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real_bugs import run
from tests.real_bugs.mirrors import MirrorError, export, git_directory

FAKE = """
import json, pathlib, sys
found = []
for path in sorted(pathlib.Path(".").rglob("*.py")):
    text = path.read_text()
    for row, line in enumerate(text.splitlines(), 1):
        if "step()" in line and "zero_grad" not in text:
            found.append({"code": "NN101", "filename": str(path), "location": {"row": row, "column": 1}, "message": "never cleared"})
print(json.dumps(found))
sys.exit(1 if found else 0)
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    clone = tmp_path / "mirrors" / "owner" / "name"
    clone.mkdir(parents=True)
    git(clone, "init", "--quiet")
    (clone / "pkg").mkdir()
    (clone / "pkg" / "train.py").write_text("loss.backward()\noptimizer.step()\n")
    (clone / "data.bin").write_bytes(b"\0")
    for text in ("loss.backward()\noptimizer.step()\n", "optimizer.zero_grad()\nloss.backward()\noptimizer.step()\n"):
        (clone / "pkg" / "train.py").write_text(text)
        git(clone, "add", ".")
        git(clone, "commit", "--quiet", "--message", "version")
    return tmp_path / "mirrors"


def test_exports_hold_python_files_and_a_root_marker(mirrors: Path, tmp_path: Path) -> None:
    export(git_directory(mirrors, "owner/name"), "HEAD", tmp_path / "out")
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*")) == [".git", "pkg", "pkg/train.py"]


def test_a_missing_mirror_is_named(mirrors: Path) -> None:
    with pytest.raises(MirrorError, match="no mirror or clone of other/name"):
        git_directory(mirrors, "other/name")


def test_a_run_prints_hits_and_silence(mirrors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake = tmp_path / "fake.py"
    fake.write_text(FAKE)
    clone = mirrors / "owner" / "name"
    entry = {
        "id": "X1",
        "class": "missing-zero-grad",
        "repo": "owner/name",
        "parent": git(clone, "rev-parse", "HEAD~1"),
        "fix_commit": git(clone, "rev-parse", "HEAD"),
        "path": "pkg/train.py",
        "before_lines": [2],
    }
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text("".join(json.dumps(entry | changes) + "\n" for changes in ({}, {"id": "X2", "repo": "no/mirror"})))
    out = tmp_path / "scores.json"
    arguments = ["--manifest", str(manifest), "--export", str(tmp_path / "exports"), "--json", str(out)]
    assert run.main([str(mirrors), *arguments, "--command", sys.executable, str(fake)]) == 0
    printed = capsys.readouterr().out
    assert "missing-zero-grad" in printed
    assert "primary   1  related   0  silent 1/1" in printed
    assert "not exported: X2" in printed
    assert "2 versions, 5 lines" in printed
    assert [row["by"] for row in json.loads(out.read_text())] == ["primary", ""]
