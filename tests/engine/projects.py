"""Small projects on disk, and the engine run over them with all rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lintnn.config.settings import Settings
from lintnn.engine import Request, Result, run
from lintnn.findings import Finding


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def check(folder: Path, *names: str, select: tuple[str, ...] = ("ALL",), processes: int = 1) -> Result:
    """Check files of a project, or all of it."""
    settings = Settings(select=select, cache=False, folder=folder)
    paths = [folder / name for name in names] or [folder]
    return run(Request(root=folder, paths=paths, settings=settings, processes=processes))


def check_text(folder: Path, name: str, text: str) -> Result:
    """Check a text that stands for a file, as an editor or a pipe gives it."""
    settings = Settings(select=("ALL",), cache=False, folder=folder)
    return run(Request(root=folder, paths=[], settings=settings, stdin=text.encode(), stdin_filename=str(folder / name)))


def places(result: Result, folder: Path) -> list[tuple[str, int, str]]:
    """File, row and code of each finding."""
    return [(relative(finding.span.path, folder), finding.span.row, finding.code) for finding in result.findings]


def relative(path: str, folder: Path) -> str:
    """A shown path, relative to the project."""
    return (Path.cwd() / path).resolve().relative_to(folder.resolve()).as_posix()


def related_files(finding: Finding, folder: Path) -> set[str]:
    """The files of the places of evidence."""
    return {relative(one.span.path, folder) for one in finding.related}
