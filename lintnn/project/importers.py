"""Which files of a project import a given file, directly or through others; found in their text, without parsing it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from lintnn.project.files import Files, may_matter
from lintnn.project.imports import Imports, folder_of

_START = rb'(?:^|\\n|")[ \t>]*'
"""Where a statement may begin: at a line's start, or in the text of a notebook at the start or after a line break."""
_REST = rb"(?:\\\n|[^\n#\\])*"
_FROM = re.compile(
    _START + rb"from[ \t]+(?P<dots>\.*)(?P<module>[\w.]*)[ \t]+import[ \t]*(?P<names>\([^)]*\)|" + _REST + rb")", re.MULTILINE
)
_IMPORT = re.compile(_START + rb"import[ \t]+(?P<names>" + _REST + rb")", re.MULTILINE)
_NAME = re.compile(rb"[\w.]+")


def importers_of(files: Files, imports: Imports, candidates: Iterable[str], targets: Iterable[str]) -> set[str]:
    """Those of the candidates that import one of the targets, or import one that does."""
    remaining = {path: data for path in candidates if (data := files.data(path)) is not None}
    found: set[str] = set()
    frontier = set(targets)
    while frontier:
        words = {_word(path) for path in frontier}
        hits = {path: data for path, data in remaining.items() if any(word in data for word in words)}
        frontier = {path for path, data in hits.items() if frontier & set(imported_files(imports, path, data))}
        found |= {path for path in frontier if may_matter(remaining[path])}
        remaining = {path: data for path, data in remaining.items() if path not in frontier}
    return found


def _word(path: str) -> bytes:
    """The word that a text must hold to import a file."""
    name = path.rpartition("/")[2].removesuffix(".py")
    return os.fsencode(folder_of(path).rpartition("/")[2] if name == "__init__" else name)


def imported_files(imports: Imports, path: str, data: bytes) -> Iterator[str]:
    """The files that a file's import statements may mean."""
    for statement in _IMPORT.finditer(data):
        for part in statement["names"].split(b","):
            name = _NAME.match(part.strip())
            if name:
                yield from _with_packages(imports, path, name[0].decode(), 0)
    for statement in _FROM.finditer(data):
        level, module = len(statement["dots"]), statement["module"].decode()
        yield from _with_packages(imports, path, module, level)
        package = imports.resolve(path, module, level)
        for name in _NAME.findall(statement["names"]) if package is not None else ():
            inner = imports.submodule(package, name.decode()) if package is not None else None
            if inner is not None:
                yield inner


def _with_packages(imports: Imports, path: str, dotted: str, level: int) -> Iterator[str]:
    """The file of a module and those of the packages around it."""
    parts = dotted.split(".")
    for count in range(1, len(parts) + 1):
        found = imports.resolve(path, ".".join(parts[:count]), level)
        if found is not None:
            yield found
