"""Exported versions of the real bugs and the results of running lintnn over them, kept for the next run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.bench.process import Outcome, check, count_lines, source_hash
from tests.real_bugs.manifest import Row
from tests.real_bugs.mirrors import MirrorError, export, git_directory

OPTIONS = ("--select", "ALL", "--processes", "1")


class Key(Struct, frozen=True, order=True):
    """One commit of one repository."""

    repo: str
    commit: str


class Checked(Struct, frozen=True):
    """An exported version with what lintnn said about it."""

    folder: Path
    lines: int
    outcome: Outcome


class Store:
    """Exports below a base folder: ``versions/OWNER+NAME/COMMIT``, with links ``ID/parent`` and ``ID/fixed`` to read them.

    Blind repositories go to a folder of their own beside it (``…_blind``), so that nobody opens them by accident.
    """

    def __init__(self, mirrors: Path, base: Path) -> None:
        self._mirrors = mirrors
        self._base = base.resolve()

    def folder(self, row: Row) -> Path:
        """The base folder of a row's part."""
        return self._base if row.part == "working" else self._base.with_name(self._base.name + "_blind")

    def export(self, row: Row) -> dict[Key, Path]:
        """Export the row's versions; the folders by version."""
        git = git_directory(self._mirrors, row.repo)
        folders: dict[Key, Path] = {}
        for name, commit in (("parent", row.parent), ("fixed", row.fix_commit)):
            if commit is None:
                continue
            target = self.folder(row) / "versions" / row.repo.replace("/", "+") / commit
            export(git, commit, target)
            link = self.folder(row) / row.id / name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)
            folders[Key(row.repo, commit)] = target
        return folders

    def export_all(self, rows: Sequence[Row]) -> tuple[dict[Key, Path], dict[str, str]]:
        """Export every row; the folders by version, and by row id why a row could not be exported."""
        folders: dict[Key, Path] = {}
        problems: dict[str, str] = {}
        for row in rows:
            try:
                folders |= self.export(row)
            except MirrorError as error:
                problems[row.id] = str(error)
        return folders, problems


def check_all(folders: dict[Key, Path], *, jobs: int, timeout: float, command: Sequence[str]) -> dict[Key, Checked]:
    """Run lintnn over every version, ``jobs`` at a time; unchanged analyser and version take the stored result."""
    tool = source_hash()
    with ThreadPoolExecutor(jobs) as pool:
        done = pool.map(lambda item: _check(item[0], item[1], tool, timeout, command), folders.items())
        return dict(zip(folders, done, strict=True))


def _check(key: Key, folder: Path, tool: str, timeout: float, command: Sequence[str]) -> Checked:
    stored = folder.parents[2] / "results" / tool / key.repo.replace("/", "+") / f"{key.commit}.json"
    if stored.is_file():
        outcome = msgspec.json.decode(stored.read_bytes(), type=Outcome)
    else:
        outcome = check(folder, *OPTIONS, timeout=timeout, command=command)
        if not outcome.trouble:
            stored.parent.mkdir(parents=True, exist_ok=True)
            stored.write_bytes(msgspec.json.encode(outcome))
    return Checked(folder, count_lines(folder), outcome)
