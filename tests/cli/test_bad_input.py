"""Bad input gets an answer that names file and key; what can be checked is checked. With the real engine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from lintnn.checks.losses.softmax_before_cross_entropy import SoftmaxBeforeCrossEntropy
from lintnn.model import SemanticModel
from tests.cli.conftest import Answer, Lintnn

BUG = """\
import torch
import torch.nn.functional as F


def loss_of(x, y):
    return F.cross_entropy(torch.softmax(torch.nn.Linear(3, 3)(x), dim=1), y)
"""


@pytest.fixture
def buggy(tmp_path: Path) -> Path:
    """A file with one report of NN301, in the current folder, which holds nothing else."""
    (tmp_path / "x.py").unlink()
    path = tmp_path / "bug.py"
    path.write_text(BUG)
    return path


def reports(answer: Answer) -> list[tuple[str, str, int]]:
    return [(found["filename"], found["code"], found["location"]["row"]) for found in json.loads(answer.out)]


def test_a_missing_path_does_not_stop_the_others(lintnn: Lintnn, buggy: Path) -> None:
    answer = lintnn("--output-format", "json", "nowhere.py", "bug.py")
    assert (answer.code, answer.err) == (2, "error: nowhere.py: no such file or folder\n")
    assert reports(answer) == [("bug.py", "NN301", 6)]


def test_an_unreadable_file_that_is_named(lintnn: Lintnn, buggy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (buggy.parent / "secret.py").write_text(BUG)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "secret.py")
    answer = lintnn("--output-format", "json", "secret.py", "bug.py")
    assert (answer.code, answer.err) == (2, "error: secret.py: cannot be read: Permission denied\n")
    assert reports(answer) == [("bug.py", "NN301", 6)]


def test_an_unreadable_file_that_is_found(lintnn: Lintnn, buggy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (buggy.parent / "secret.py").write_text(BUG)
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "secret.py":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    answer = lintnn("--output-format", "json", ".")
    assert reports(answer) == [("bug.py", "NN301", 6), ("secret.py", "NN001", 1)]
    assert answer.code == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("binary.py", b"\x7fELF\x02\x01\x00\x00\xff\xfe\x00torch\x00"),
        ("binary.py", bytes(range(256)) * 4),
        ("broken.py", b"import torch\n\ndef f(:\n    pass\n"),
        ("latin.py", b"import torch\nname = '\xe9'\n"),
        ("broken.ipynb", b'{"cells": [{"cell_type": "code", "source": ["import torch'),
        ("broken.ipynb", b"not even JSON"),
        ("list.ipynb", b'["import torch"]'),
        ("empty.ipynb", b""),
        ("object.ipynb", b"{}"),
        ("cells.ipynb", b'{"cells": {"1": "import torch"}, "nbformat": 4}'),
        ("odd.ipynb", b'{"cells": [{"cell_type": "code", "source": 7}, "import torch"], "nbformat": 4}'),
        ("cell.ipynb", b'{"cells": [{"cell_type": "code", "source": ["import torch\\n", "x = ("]}], "nbformat": 4}'),
    ],
)
def test_what_cannot_be_read_as_code_is_a_finding(lintnn: Lintnn, buggy: Path, name: str, data: bytes) -> None:
    (buggy.parent / name).write_bytes(data)
    answer = lintnn("--output-format", "json", ".")
    assert (answer.code, answer.err) == (1, "")
    assert ("bug.py", "NN301", 6) in reports(answer)
    assert {(file, code) for file, code, _ in reports(answer) if file == name} == {(name, "NN001")}


def test_an_unknown_rule(lintnn: Lintnn, buggy: Path) -> None:
    answer = lintnn("--select", "NN399", "bug.py")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: --select: unknown rule `NN399` (did you mean `NN3")


def test_an_unknown_key(lintnn: Lintnn, buggy: Path) -> None:
    (buggy.parent / "pyproject.toml").write_text('[tool.lintnn]\nignor = ["NN301"]\n')
    answer = lintnn("bug.py")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: pyproject.toml: unknown key `ignor` (did you mean `ignore`?)\n"


def test_a_settings_file_that_is_no_toml(lintnn: Lintnn, buggy: Path) -> None:
    (buggy.parent / "lintnn.toml").write_text("select = [\n")
    answer = lintnn("bug.py")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: lintnn.toml: ")


def test_symlinks_in_circles(lintnn: Lintnn, buggy: Path) -> None:
    folder = buggy.parent / "sub"
    folder.mkdir()
    (folder / "up").symlink_to("..")
    (folder / "itself.py").symlink_to("itself.py")
    (folder / "one.py").symlink_to("two.py")
    (folder / "two.py").symlink_to("one.py")
    (folder / "same.py").symlink_to("../bug.py")
    answer = lintnn("--output-format", "json", ".")
    assert (answer.code, answer.err) == (1, "")
    assert reports(answer) == [("bug.py", "NN301", 6)]


def test_a_symlink_to_itself_that_is_named(lintnn: Lintnn, buggy: Path) -> None:
    (buggy.parent / "itself.py").symlink_to("itself.py")
    answer = lintnn("itself.py")
    assert answer.code == 2
    assert answer.err.startswith("error: itself.py: cannot be read: ")


def test_a_file_of_ten_megabytes(lintnn: Lintnn, buggy: Path) -> None:
    (buggy.parent / "table.py").write_text("import torch\nROWS = [\n" + "    (1, 2, 3),\n" * 700_000 + "]\n")
    answer = lintnn("--output-format", "json", ".")
    assert (answer.code, answer.err) == (1, "")
    assert reports(answer) == [("bug.py", "NN301", 6), ("table.py", "NN001", 1)]
    assert "this file has 10.5 MB; files of more than 4 MB are not analysed" in answer.out


def test_a_rule_that_raises(lintnn: Lintnn, buggy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = BUG + "\n\ndef twice(x, y):\n    return F.nll_loss(torch.softmax(torch.nn.Linear(3, 3)(x), dim=1), y)\n"
    buggy.write_text(source)

    def find(self: SoftmaxBeforeCrossEntropy, model: SemanticModel) -> Iterable[object]:
        raise RuntimeError("a bug in the rule")

    monkeypatch.setattr(SoftmaxBeforeCrossEntropy, "find", find)
    answer = lintnn("--output-format", "json", ".")
    assert answer.code == 2
    assert reports(answer) == [("bug.py", "NN009", 1), ("bug.py", "NN306", 10)]
    assert "NN301 failed: RuntimeError: a bug in the rule at test_bad_input.py:" in answer.err
    shown = lintnn(".")
    assert shown.code == 2
    assert "Please report this" in shown.out


def test_an_empty_folder_and_an_empty_file(lintnn: Lintnn, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    assert lintnn(".").code == 0
    assert lintnn("empty").code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_file_name_that_is_no_unicode(lintnn: Lintnn, buggy: Path) -> None:
    name = os.fsdecode(b"bad\xff.py")
    (buggy.parent / name).write_text(BUG)
    for number in range(30):
        (buggy.parent / f"more{number}.py").write_text(BUG)
    for arguments in ((name,), (".",), (".", "--processes", "2")):
        answer = lintnn("--output-format", "json", *arguments)
        assert (answer.code, answer.err) == (1, "")
        assert (name, "NN301", 6) in reports(answer)


def test_names_cannot_break_the_lines_of_messages(lintnn: Lintnn, buggy: Path) -> None:
    assert lintnn("a\nb.py").err == "error: a\u240ab.py: no such file or folder\n"


def test_an_empty_path_is_refused(lintnn: Lintnn, buggy: Path) -> None:
    answer = lintnn("", "bug.py")
    assert (answer.code, answer.out) == (2, "")
    assert "a path is empty" in answer.err


def test_settings_that_nest_too_deeply(lintnn: Lintnn, buggy: Path) -> None:
    (buggy.parent / "pyproject.toml").write_text("a = " + "[" * 5000 + "\n")
    assert lintnn("bug.py").err == "error: pyproject.toml: not valid TOML: nested too deeply\n"
