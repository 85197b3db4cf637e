"""Runs programs under torch and writes down what their values are. A program itself: requests on standard input, answers on output.

After the program itself, each function of it that was not called is tried with arguments that fit its parameters' names.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import itertools
import json
import os
import re
import signal
import socket
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.oracle.instrument import RECORD, functions, instrument

SECONDS = 2.0
DRIVEN_SECONDS = 0.7
MAX_RECORDS = 12
"""Records of one place in one phase."""
MAX_TRIES = 24
PROGRAM = "program"

Snapshot = dict[str, Any]
Key = tuple[str, str, int, int]


class TooLong(BaseException):
    """The time of a program is over."""


def snapshot(value: object, depth: int = 0) -> Snapshot:
    """What can be said about a value in JSON."""
    if isinstance(value, torch.Tensor):
        return {"kind": "tensor", "dtype": str(value.dtype).removeprefix("torch."), "grad": value.requires_grad, **_numbers(value)}
    if isinstance(value, np.ndarray | np.generic):
        return {"kind": "array", "dtype": str(value.dtype), "grad": False, **_numbers(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return {"kind": "constant", "value": value}
    if isinstance(value, torch.device):
        return {"kind": "constant", "value": str(value)}
    if isinstance(value, tuple | list) and depth < 3:
        kind = "list" if isinstance(value, list) else "tuple"
        return {"kind": kind, "items": [snapshot(item, depth + 1) for item in value[:16]], "length": len(value)}
    return {"kind": "other", "types": [base.__qualname__ for base in type(value).__mro__], "callable": callable(value)}


def _numbers(value: Any) -> Snapshot:
    found: Snapshot = {"shape": list(value.shape), "least": None, "greatest": None}
    with contextlib.suppress(Exception):
        numbers = torch.as_tensor(value).detach().double()
        if numbers.numel() and bool(numbers.isfinite().all()):
            found["least"], found["greatest"] = float(numbers.min()), float(numbers.max())
    return found


class Recorder:
    """Collects snapshots by phase (the program, or a driven function) and place."""

    def __init__(self) -> None:
        self.phase = PROGRAM
        self.records: dict[Key, list[Snapshot]] = {}

    def __call__(self, file: str, row: int, column: int, value: object) -> object:
        kept = self.records.setdefault((self.phase, file, row, column), [])
        if len(kept) < MAX_RECORDS:
            kept.append(snapshot(value))
        return value

    def forget(self, phase: str) -> None:
        """Drop what a failed try recorded."""
        self.records = {key: kept for key, kept in self.records.items() if key[0] != phase}


# --- arguments for functions that nothing calls ----------------------------------------------------------

_INPUT = re.compile(r"^(x|xs|inputs?|images?|imgs?|features?|batch|data|tokens|frames|signal|sample|samples|a|b|u|v|z)$")
_LABEL = re.compile(r"^(y|ys|labels?|targets?|classes)$")
_SCORES = re.compile(r"^(logits|scores|outputs?|predictions?|preds?|probabilities|probs)$")


def candidates(source: str, name: str) -> list[Callable[[], object]]:
    """What an argument of that name may be, in order of likelihood."""
    widths = [int(n) for n in dict.fromkeys(re.findall(r"(?:Linear|LSTM|GRU|RNN|GRUCell|LSTMCell)\((\d+)", source))] or [8]
    inputs = _inputs(source, widths)
    labels = [lambda: torch.randint(0, 2, (4,)), lambda: torch.rand(4, 1).round(), lambda: torch.rand(4).round(), lambda: torch.randn(4, 1)]
    if _INPUT.match(name):
        return inputs
    if _LABEL.match(name):
        return labels  # type: ignore[return-value]
    if _SCORES.match(name):
        return [lambda: torch.randn(4, 3, requires_grad=True), lambda: torch.randn(4, 1, requires_grad=True)]
    if "loader" in name or name in ("batches", "dataset", "train_data"):
        return [lambda i=i, y=y: [(i(), y()), (i(), y())] for y in labels[:2] for i in inputs]  # type: ignore[misc]
    if name in ("device", "dev"):
        return [lambda: torch.device("cpu")]
    if name in ("epochs", "steps", "n", "num_epochs"):
        return [lambda: 2]
    if name in ("model", "net", "network", "module"):
        return [lambda w=w: nn.Linear(w, 3) for w in widths]  # type: ignore[misc]
    if name in ("criterion", "loss_fn", "loss_function"):
        return [nn.CrossEntropyLoss, nn.MSELoss]
    return []


def _inputs(source: str, widths: list[int]) -> list[Callable[[], object]]:
    channels = dict.fromkeys(re.findall(r"Conv2d\((\d+)", source))
    found: list[Callable[[], object]] = [lambda c=int(n): torch.randn(4, c, 32, 32) for n in channels]  # type: ignore[misc]
    if "Embedding(" in source:
        found.append(lambda: torch.randint(0, 2, (4, 6)))
    found.extend(lambda w=w: torch.randn(4, w) for w in widths)  # type: ignore[misc]
    found.extend(lambda w=w: torch.randn(4, 6, w) for w in widths[:2])  # type: ignore[misc]
    return found


def argument_sets(source: str, function: types.FunctionType) -> Iterator[list[object]]:
    """Positional arguments to try; none if a parameter's name says nothing."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())]
    choices = [candidates(source, name) for name in names]
    if all(choices):
        for makers in itertools.islice(itertools.product(*choices), MAX_TRIES):
            yield [make() for make in makers]


# --- running -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupts what takes longer."""

    def stop(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _fresh_state() -> None:
    torch.manual_seed(0)
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)


def run_case(files: dict[str, str]) -> tuple[Recorder, str]:
    """Run a case; its records and why it could not run (empty if it did)."""
    recorder = Recorder()
    setattr(builtins, RECORD, recorder)
    program = list(files)[-1]
    before = set(sys.modules)
    with tempfile.TemporaryDirectory(prefix="lintnn-oracle-") as name:
        folder = Path(name)
        for file, source in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(instrument(source, file), encoding="utf-8")
        os.chdir(folder)
        sys.path.insert(0, name)
        try:
            return recorder, _run_program(folder / program, files[program], program, recorder)
        finally:
            sys.path.remove(name)
            os.chdir("/")
            for added in set(sys.modules) - before:
                if getattr(sys.modules[added], "__file__", None) and str(sys.modules[added].__file__).startswith(name):
                    del sys.modules[added]
            importlib.invalidate_caches()
            _fresh_state()


def _run_program(path: Path, source: str, file: str, recorder: Recorder) -> str:
    _fresh_state()
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    try:
        with limited(SECONDS):
            exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    except BaseException as error:
        return f"{type(error).__name__}: {error}".splitlines()[0][:160]
    _drive(source, file, namespace, recorder)
    return ""


def _drive(source: str, file: str, namespace: dict[str, Any], recorder: Recorder) -> None:
    _fresh_state()
    for name, row in functions(source):
        function = namespace.get(name)
        if not isinstance(function, types.FunctionType) or not function.__code__.co_argcount:
            continue
        for arguments in argument_sets(source, function):
            recorder.phase = f"{file}:{row}"
            _fresh_state()
            try:
                with limited(DRIVEN_SECONDS):
                    function(*arguments)
                break
            except TooLong:
                recorder.forget(recorder.phase)
                break
            except BaseException:
                recorder.forget(recorder.phase)


def refuse(*_: object, **__: object) -> None:
    """Nothing that runs here may reach the network."""
    raise OSError("no network here")


def warm_up() -> None:
    """Make torch import what it imports late; an interrupted import would break it for the rest of the run."""
    layer = nn.Linear(2, 1)
    for kind in (torch.optim.SGD, torch.optim.AdamW):
        optimizer = kind(layer.parameters(), lr=0.1)
        layer(torch.ones(1, 2)).sum().backward()
        optimizer.step()
    next(iter(torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(1)))))


def serve() -> None:
    """Answer the requests of standard input, one line of JSON each."""
    output = sys.stdout
    socket.socket.connect = refuse  # type: ignore[method-assign]
    torch.set_num_threads(1)
    warm_up()
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            recorder, problem = run_case(json.loads(line))
        places = [[*key, kept] for key, kept in recorder.records.items()]
        output.write(json.dumps({"problem": problem, "records": places}) + "\n")
        output.flush()


if __name__ == "__main__":
    serve()
