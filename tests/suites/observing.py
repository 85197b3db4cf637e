"""Runs the interpreter over files that are held in memory and keeps every value it tells its observer."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from lintnn.findings import Span
from lintnn.frontend.lower import lower_file
from lintnn.frontend.positions import spans
from lintnn.project.files import Files
from lintnn.project.imports import Imports
from lintnn.project.symbols import SymbolTable
from lintnn.values.domain import Value, reveal
from lintnn.values.heap import HeapObject
from lintnn.values.roots import Evaluator
from lintnn.values.run import Run


class Observation(Struct, frozen=True):
    """A value as it came to be. ``program``: while the module code of the program ran. ``objects``: the heap that its references mean."""

    span: Span
    value: Value
    program: bool
    calls: int
    objects: Mapping[int, HeapObject]

    @property
    def text(self) -> str:
        """The value as suites write it; objects by kind and name."""
        return reveal(self.value, lambda one: f"{self.objects[one].kind}({self.objects[one].label})")


def observe(files: Mapping[str, str]) -> list[Observation]:
    """All values of some files, those of the last file's module code first; then what the other roots and files give."""
    seen: list[tuple[str, int, Value, bool, int, Mapping[int, HeapObject]]] = []
    program = list(files)[-1]
    running = (f"{program}:__name__=='__main__'", True)

    def note(run: Run, at: int, value: Value) -> None:
        seen.append((run.frame.path, at, value, running in run.path, len(run.calls), run.heap))

    data = {path: text.encode() for path, text in files.items()}
    with tempfile.TemporaryDirectory(prefix="lintnn-suite-") as empty:
        table = SymbolTable(found := Files(Path(empty), lower_file, data), Imports(found))
        evaluator = Evaluator(table, note)
        for path in [program, *[path for path in files if path != program]]:
            evaluator.unit(path)
    places = {path: spans(data[path], path, path, {at for other, at, *_ in seen if other == path and at >= 0}) for path in files}
    return [
        Observation(places[path][at], value, in_program, calls, objects)
        for path, at, value, in_program, calls, objects in seen
        if at in places.get(path, {})
    ]
