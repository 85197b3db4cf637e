"""From files to findings: the same on every run, whatever way the files come in, and shown where they concern the user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from lintnn.findings import Finding
from lintnn.testing import read_page
from tests.engine.projects import check, check_text, places, related_files, write

PROJECT = Path(__file__).resolve().parent.parent.parent
MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return torch.softmax(self.fc(x), dim=1)
"""
TRAIN = """\
import torch
from torch import nn

from model import Net


def train(loader):
    model = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
"""
LOSS_ROW = 13
SOFTMAX_ROW = 11


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A model and its training in two files: the softmax is in one, the loss in the other."""
    write(tmp_path, {"model.py": MODEL, "train.py": TRAIN, "other.py": "import torch\n\nx = torch.zeros(3)\n"})
    return tmp_path


def softmax(findings: list[Finding]) -> Finding:
    [found] = [finding for finding in findings if finding.code == "NN301"]
    return found


# --- which findings are shown ----------------------------------------------------------------------------


def test_a_finding_names_both_files(project: Path) -> None:
    result = check(project)
    assert places(result, project) == [("train.py", LOSS_ROW, "NN301")]
    assert related_files(softmax(result.findings), project) >= {"model.py"}
    assert {one.span.row for one in softmax(result.findings).related} >= {SOFTMAX_ROW}


def test_the_project_around_a_named_file_is_read(project: Path) -> None:
    assert places(check(project, "train.py"), project) == [("train.py", LOSS_ROW, "NN301")]


def test_a_finding_is_shown_for_the_file_of_its_evidence(project: Path) -> None:
    assert places(check(project, "model.py"), project) == [("train.py", LOSS_ROW, "NN301")]


def test_a_finding_of_other_files_is_not_shown(project: Path) -> None:
    assert places(check(project, "other.py"), project) == []


def test_a_finding_is_the_same_whichever_file_is_named(project: Path) -> None:
    whole, by_evidence, by_place = (check(project, *names).findings for names in ((), ("model.py",), ("train.py",)))
    assert whole == by_evidence == by_place


# --- standard input ----------------------------------------------------------------------------------------


def test_a_text_stands_for_its_file(project: Path) -> None:
    assert places(check_text(project, "train.py", TRAIN.replace("criterion(model(x), y)", "model(x).mean()")), project) == []
    assert places(check_text(project, "train.py", "# one more line\n" + TRAIN), project) == [("train.py", LOSS_ROW + 1, "NN301")]


def test_a_text_sees_the_files_around_it(project: Path) -> None:
    assert places(check_text(project, "new.py", TRAIN), project) == [("new.py", LOSS_ROW, "NN301")]


def test_the_program_reads_standard_input(project: Path) -> None:
    command = [sys.executable, "-m", "lintnn", "-", "--stdin-filename", "train.py", "--output-format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, cwd=project, env=environment, input=TRAIN, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert [(one["filename"], one["location"]["row"]) for one in json.loads(done.stdout)] == [("train.py", LOSS_ROW)]


# --- notebooks ---------------------------------------------------------------------------------------------


def notebook(*cells: str) -> str:
    found = [{"cell_type": "markdown", "source": "# A model", "metadata": {}}]
    found += [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": found, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def test_places_in_notebooks_are_cells_and_rows(tmp_path: Path) -> None:
    write(tmp_path, {"n.ipynb": notebook("%matplotlib inline\n" + MODEL, TRAIN.replace("from model import Net\n", ""))})
    [finding] = check(tmp_path).findings
    assert (finding.code, finding.span.cell, finding.span.row) == ("NN301", 3, LOSS_ROW - 1)
    assert (2, SOFTMAX_ROW + 1) in {(one.span.cell, one.span.row) for one in finding.related}


def test_a_notebook_uses_the_files_beside_it(tmp_path: Path) -> None:
    write(tmp_path, {"model.py": MODEL, "n.ipynb": notebook(TRAIN)})
    [finding] = check(tmp_path, "model.py", "n.ipynb").findings
    assert (finding.span.path.endswith("n.ipynb"), finding.span.cell, finding.span.row) == (True, 2, LOSS_ROW)


def test_a_broken_cell_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"n.ipynb": notebook(MODEL, "x = (", TRAIN.replace("from model import Net\n", ""))})
    assert [(found.code, found.span.cell) for found in check(tmp_path).findings] == [("NN001", 3), ("NN301", 4)]


STORES = """\
import torch.nn.functional as F

from other import score


def train(model, optimizer, loader):
    kept = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        kept.append(score(model, x))
    return kept
"""
SCORE = """\
import torch


def score(model, x):
    return torch.relu(model(x))
"""


def test_a_place_is_not_taken_for_one_of_another_file(tmp_path: Path) -> None:
    """What is kept is computed in the other file; the graph of the loss does not hold it, wherever in its file each stands."""
    for padding in range(24):
        write(tmp_path, {"train.py": STORES, "other.py": "pass\n" * padding + SCORE})
        assert check(tmp_path, select=("memory",)).findings == [], padding


# --- suppressions ------------------------------------------------------------------------------------------


def with_comment(comment: str) -> str:
    lines = TRAIN.splitlines()
    lines[LOSS_ROW - 1] += f"  # {comment}"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "comment",
    [
        "lintnn: ignore",
        "lintnn: ignore[NN301]",
        "lintnn: ignore[softmax-before-cross-entropy]",
        "lintnn: ignore[NN101, NN301]  # lintnn: ignore[NN002]",
        "lintnn: ignore[losses]",
        "lintnn: ignore[Losses, NN101]  # lintnn: ignore[NN002]",
        "lintnn: ignore[NN3]",
        "noqa: NN301",
        "noqa: E501, NN301",
        "the last layer gives probabilities  # lintnn: ignore[NN301]",
    ],
)
def test_a_comment_suppresses_a_finding(project: Path, comment: str) -> None:
    write(project, {"train.py": with_comment(comment)})
    assert [found for found in places(check(project), project) if found[2] == "NN301"] == []


def test_a_comment_on_another_line_or_for_another_rule_does_not(project: Path) -> None:
    write(project, {"train.py": with_comment("lintnn: ignore[NN302]")})
    assert sorted(places(check(project), project)) == [("train.py", LOSS_ROW, "NN002"), ("train.py", LOSS_ROW, "NN301")]
    write(project, {"train.py": TRAIN + "x = 1  # lintnn: ignore[NN301]\n"})
    assert {code for _, _, code in places(check(project), project)} == {"NN002", "NN301"}


def test_a_family_that_is_suppressed_in_vain(project: Path) -> None:
    write(project, {"train.py": with_comment("lintnn: ignore[numerics, memory]")})
    on = check(project, select=("NN301", "NN002", "numerics"))
    assert sorted(code for _, _, code in places(on, project)) == ["NN002", "NN301"]
    assert "`numerics`" in next(found.message for found in on.findings if found.code == "NN002")


def test_a_comment_for_the_file(project: Path) -> None:
    write(project, {"train.py": "# lintnn: ignore-file[NN301]\n" + TRAIN})
    assert places(check(project), project) == []


def test_an_unknown_rule_in_a_comment(project: Path) -> None:
    write(project, {"train.py": with_comment("lintnn: ignore[NN031]")})
    assert {code for _, _, code in places(check(project), project)} == {"NN003", "NN301"}


@pytest.mark.skipif(os.name != "posix", reason="interrupts a group of processes")
def test_an_interrupt_is_answered_once(tmp_path: Path) -> None:
    slow = "".join(f"def f{number}(x):\n    return torch.relu(f{number + 1}(x))\n\n\n" for number in range(1000))
    write(tmp_path, {f"m{number}.py": "import torch\n\n\n" + slow for number in range(40)})
    command = [sys.executable, "-m", "lintnn", "--processes", "2", str(tmp_path)]
    running = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(4)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err.strip()) == (130, "", "interrupted")


# --- the same on every run -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Bad examples of all pages as one project, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("everything")
    for path in sorted((PROJECT / "rules").glob("NN*.md")):
        bad = [example for example in read_page(path).examples if example.section == "Bad"]
        for number, example in enumerate(bad[:3]):
            write(folder / f"{path.stem}-{number}".replace("-", "_"), example.files)
    return folder


def test_two_runs_and_any_number_of_processes_give_the_same(everything: Path) -> None:
    first, second, parallel = (check(everything, processes=count) for count in (1, 1, 3))
    assert len(first.findings) >= 100
    encoded = [msgspec.json.encode(result.findings) for result in (first, second, parallel)]
    assert encoded[0] == encoded[1] == encoded[2]
    assert first.errors == parallel.errors == []


def test_the_order_of_files_does_not_matter(everything: Path) -> None:
    folders = sorted(path.name for path in everything.iterdir())
    forwards, backwards = check(everything, *folders[:60]), check(everything, *reversed(folders[:60]))
    assert forwards.findings == backwards.findings


def test_a_file_alone_gives_what_it_gives_among_others(everything: Path) -> None:
    together = check(everything).findings
    for folder in sorted(path.name for path in everything.iterdir())[::12]:
        alone = check(everything, folder).findings
        assert alone == [finding for finding in together if f"/{folder}/" in f"/{finding.span.path}"]


def test_hash_seeds_do_not_matter(everything: Path) -> None:
    """Sets and dicts of strings come in another order in every process; the output does not."""
    command = [sys.executable, "-m", "lintnn", "--isolated", "--no-cache", "--select", "ALL", "--output-format", "json", "."]
    outputs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONHASHSEED": seed}
        outputs.append(subprocess.run(command, cwd=everything, env=environment, capture_output=True, text=True, check=False).stdout)
    assert outputs[0] == outputs[1]
    assert len(json.loads(outputs[0])) >= 100


def test_fingerprints_survive_moves_of_lines(project: Path) -> None:
    before = softmax(check(project).findings)
    write(project, {"train.py": "# a comment\n\n" + TRAIN, "model.py": "\n" + MODEL})
    after = softmax(check(project).findings)
    assert (before.fingerprint, before.span.row + 2) == (after.fingerprint, after.span.row)


def test_files_that_use_a_named_file_are_read_through_packages(tmp_path: Path) -> None:
    """The use is found whatever way the import is written; other problems of those files are not shown."""
    write(
        tmp_path,
        {
            "lib/__init__.py": "from .nets import (\n    Net,\n)\n",
            "lib/nets/__init__.py": "from . import model\nfrom .model import Net\n",
            "lib/nets/model.py": MODEL,
            "train.py": TRAIN.replace("from model import Net", "from lib import Net") + "x = 1  # lintnn: ignore[NN302]\n",
            "broken.py": "import torch\nfrom lib import Net\nx = (\n",
            "use.ipynb": notebook(
                "import torch", TRAIN.replace("from model import Net", "import lib.nets as nets").replace("Net()", "nets.Net()")
            ),
        },
    )
    expected = [("train.py", LOSS_ROW, "NN301"), ("use.ipynb", LOSS_ROW, "NN301")]
    assert places(check(tmp_path, "lib/nets/model.py"), tmp_path) == expected


def test_a_named_file_that_does_not_parse_is_reported_even_if_it_cannot_matter(tmp_path: Path) -> None:
    write(tmp_path, {"plain.py": "x = (\n"})
    assert [code for _, _, code in places(check(tmp_path, "plain.py"), tmp_path)] == ["NN001"]
    assert places(check(tmp_path), tmp_path) == []


SPELLINGS = """\
import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, net, scaler):
        self.net = net
        self.opt = torch.optim.Adam(net.parameters())
        self.opts = [self.opt]
        self.scaler = torch.amp.GradScaler()

    def one(self, loader):
        for x, y in loader:
            F.mse_loss(self.net(x), y).backward()
            self.opt.step()

    def each(self, loader):
        for x, y in loader:
            F.mse_loss(self.net(x), y).backward()
            for optimizer in self.opts:
                optimizer.step()

    def scaled(self, loader):
        for x, y in loader:
            self.scaler.scale(F.mse_loss(self.net(x), y)).backward()
            self.scaler.step(self.opt)
            self.scaler.update()
"""


def test_reports_name_objects_as_the_code_at_hand_does(tmp_path: Path) -> None:
    found = [finding for finding in check_text(tmp_path, "trainer.py", SPELLINGS).findings if finding.code == "NN101"]
    assert [finding.message.partition(" ")[0] for finding in found] == ["`self.opt`", "`optimizer`", "`self.opt`"]


def test_a_method_that_is_named_and_not_called_is_one_finding(tmp_path: Path) -> None:
    code = """\
import torch.nn.functional as F


def train(model, loader, optimizer):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad
        (F.cross_entropy(model(x), y) / 4).backward()
        if (i + 1) % 4 == 0 or i + 1 == len(loader):
            optimizer.step()
"""
    assert [finding.code for finding in check_text(tmp_path, "train.py", code).findings] == ["NN108"]
