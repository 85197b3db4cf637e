"""The code that is checked is never run, and nothing of it is imported: an audit hook watches the whole run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

HOOK = """
import os
import sys

FOLDER = os.path.realpath(sys.argv.pop(1)) + os.sep
PROCESSES = sys.argv.pop(1) == "processes"
MARK = "touch_the_outside"
FORBIDDEN = tuple((
    "socket. subprocess. os.system os.exec os.spawn os.posix_spawn os.remove os.rename os.mkdir os.rmdir os.putenv os.chmod os.link "
    "os.symlink os.truncate shutil. pty. urllib. webbrowser. ctypes.dlopen"
).split())


def refuse(event, args):
    os.write(2, f"VIOLATION {event} {args!r}\\n"[:400].encode())
    os._exit(97)


def of_project(name):
    return isinstance(name, str) and not name.startswith("<") and os.path.realpath(name).startswith(FOLDER)


def hook(event, args):
    if event == "exec":
        if of_project(args[0].co_filename) or MARK in args[0].co_names:
            refuse(event, args)
    elif event == "compile":
        source = args[0] or b""
        text = source.decode(errors="replace") if isinstance(source, bytes) else str(source)
        if of_project(args[1]) or MARK in text:
            refuse(event, args)
    elif event == "open":
        path, mode, flags = args
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and path != os.devnull and not (PROCESSES and not isinstance(path, str)):
            refuse(event, args)
    elif event == "import":
        if isinstance(args[0], str) and args[0].split(".")[0] in ("evil", "helpers", "conftest", "sitecustomize", "usercustomize", "torch"):
            refuse(event, args)
    elif event == "os.fork" and not PROCESSES:
        refuse(event, args)
    elif event.startswith(FORBIDDEN):
        refuse(event, args)


sys.addaudithook(hook)
"""

CHECK = """
from lintnn.cli import run

code = run(sys.argv[1:])
inside = [name for name, module in list(sys.modules.items()) if of_project(getattr(module, "__file__", None))]
if inside:
    refuse("imported", inside)
sys.exit(code)
"""

EVIL = """\
import os
import socket
import subprocess
import sys

import torch
import torch.nn.functional as F
from torch import nn

from helpers import touch_the_outside


def touch(name):
    open(f"{name}.executed", "w").write("x")


touch("module")
os.system("touch system.executed")
subprocess.run(["touch", "subprocess.executed"])
socket.create_connection(("127.0.0.1", 9))
exec("touch('exec')")
eval("touch('eval')")
__import__("helpers").touch_the_outside("import")
torch.save({}, "weights.executed")


class Meta(type):
    def __new__(cls, name, bases, body):
        touch("metaclass")
        return super().__new__(cls, name, bases, body)

    def __prepare__(name, bases):
        touch("prepare")
        return {}


def decorator(function):
    touch("decorator")
    return function


class Net(nn.Module, metaclass=Meta):
    touch_the_outside("class body")
    default = touch("attribute")

    def __init_subclass__(cls):
        touch("subclass")

    @decorator
    def forward(self, x, seen=touch_the_outside("default")):
        return torch.softmax(x, dim=1)

    def __del__(self):
        touch("del")

    def __getattr__(self, name):
        touch("getattr")

    def __hash__(self):
        touch("hash")
        return 0


def loss_of(x: touch("annotation"), y):
    return F.cross_entropy(torch.softmax(nn.Linear(3, 3)(x), dim=1), y)


VALUES = {Net(): [touch(i) for i in range(3)], f"{touch('fstring')}": touch("dict")}
assert touch("assert") is None
sys.exit(touch("exit"))
"""
BUG_ROW = next(row for row, line in enumerate(EVIL.splitlines(), 1) if "F.cross_entropy(" in line)
HELPERS = "import os\n\n\ndef touch_the_outside(name):\n    os.mkdir(name)\n\n\ntouch_the_outside('helpers.executed')\n"


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A project whose files write, execute and connect when they are imported."""
    folder = tmp_path / "evil"
    (folder / "package").mkdir(parents=True)
    (folder / "evil.py").write_text(EVIL)
    (folder / "helpers.py").write_text(HELPERS)
    for name in ("conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py", "package/__init__.py"):
        (folder / name).write_text("import torch\n" + HELPERS)
    (folder / "package" / "module.py").write_text(EVIL)
    cells = [{"cell_type": "code", "source": "%load_ext evil\n!touch shell.executed\n" + EVIL, "outputs": [], "metadata": {}}]
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    for number in range(30):
        (folder / f"more_{number}.py").write_text(EVIL)
    return folder


def run_watched(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(folder.parent / "cache")}
    command = [sys.executable, "-P", "-c", program, str(folder), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(("mode", "processes"), [("alone", "1"), ("processes", "2")])
def test_checked_code_is_not_run(evil: Path, mode: str, processes: str) -> None:
    before = sorted(evil.rglob("*"))
    arguments = ["check", "--select", "ALL", "--no-cache", "--output-format", "json", "--processes", processes, "."]
    done = run_watched(HOOK + CHECK, evil, mode, *arguments)
    assert "VIOLATION" not in done.stderr, done.stderr
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    by_file = {(one["filename"], one["location"]["row"]) for one in found if one["code"] == "NN301"}
    assert ("evil.py", BUG_ROW) in by_file
    assert {"package/module.py", "notebook.ipynb", "more_29.py"} <= {file for file, _ in by_file}
    assert sorted(evil.rglob("*")) == before


def test_a_file_that_does_not_parse_is_not_run_either(evil: Path) -> None:
    for path in evil.rglob("*.py"):
        path.unlink()
    (evil / "notebook.ipynb").unlink()
    (evil / "broken.py").write_text("import torch\nopen('x.executed', 'w')\n" + "def f(:\n")
    done = run_watched(HOOK.replace("if of_project(args[1]) or MARK in text:", "if MARK in text:") + CHECK, evil, "alone", "check", ".")
    assert "VIOLATION" not in done.stderr, done.stderr
    assert done.returncode == 1
    assert "NN001" in done.stdout
    assert [path.name for path in evil.iterdir() if path.name != "package"] == ["broken.py"]


@pytest.mark.parametrize(
    "statement",
    [
        "open('x.executed', 'w')",
        "exec(compile('touch_the_outside', 'x', 'exec'))",
        "import socket; socket.socket()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "sys.path.insert(0, '.'); import helpers",
        "exec(open('evil.py').read())",
        "import runpy; runpy.run_path('evil.py')",
    ],
)
def test_the_hook_sees_what_it_should_see(evil: Path, statement: str) -> None:
    done = run_watched(HOOK + statement, evil, "alone")
    assert done.returncode == 97, done.stderr
    assert "VIOLATION" in done.stderr


OWN_MODULES = ("click", "libcst", "msgspec", "networkx", "pathspec", "torch", "rich", "random", "shutil", "hashlib", "zlib")
"""Modules that a project may have beside its code, and that lintnn (or what it uses) would import if it looked there."""
OF_PYTHON = ("types", "ast", "tokenize", "enum", "re")
"""Those that Python itself imports before the first line of any program that is run with ``python -m``."""


@pytest.fixture
def shadowing(tmp_path: Path) -> Path:
    """A project with files named like modules that lintnn needs."""
    folder = tmp_path / "shadowing"
    folder.mkdir()
    for name in OWN_MODULES:
        (folder / f"{name}.py").write_text(f"import sys\nimport torch\nsys.stderr.write('IMPORTED {name}')\nraise SystemExit(98)\n")
    (folder / "evil.py").write_text(EVIL)
    (folder / "broken.py").write_text("import torch\nx = (\n")
    return folder


def run_plainly(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"} | {"PYTHONPATH": str(PROJECT)}
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def assert_checked(done: subprocess.CompletedProcess[str]) -> None:
    assert "IMPORTED" not in done.stderr
    assert done.returncode == 1, done.stderr
    assert "NN001" in done.stdout


def test_the_module_does_not_import_from_the_folder_it_checks(shadowing: Path) -> None:
    assert_checked(run_plainly(shadowing, "-m", "lintnn", "check", "--no-cache", "evil.py", "broken.py"))
    assert_checked(run_plainly(shadowing, "-m", "lintnn", "check", "--no-cache", "."))


def test_the_installed_program_does_not_import_from_the_folder_it_checks(shadowing: Path, tmp_path: Path) -> None:
    for name in OF_PYTHON:
        (shadowing / f"{name}.py").write_text(f"import sys\nsys.stderr.write('IMPORTED {name}')\nraise SystemExit(98)\n")
    program = tmp_path / "bin" / "lintnn"
    program.parent.mkdir()
    program.write_text("import sys\n\nfrom lintnn.__main__ import main\n\nsys.exit(main())\n")
    assert_checked(run_plainly(shadowing, str(program), "check", "--no-cache", "--processes", "2", "."))
    assert_checked(run_plainly(shadowing, "-P", "-m", "lintnn", "check", "--no-cache", "."))
