"""From the paths of a command line to the files that are read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct
from pathspec import GitIgnoreSpec

from lintnn.config.settings import Settings, shown_path

SUFFIXES = (".py", ".ipynb")


class Discovery(Struct):
    """The files found (absolute, sorted, each once) and, as sentences, the paths that could not be searched."""

    files: list[Path]
    errors: list[str]


def discover(paths: Sequence[Path], settings: Settings) -> Discovery:
    """Find the Python files and notebooks at ``paths``. Files that are named are always taken, unless ``force_exclude`` is set."""
    found = Discovery([], [])
    excluded = _Excludes(settings)
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100  # symlinks stay as the user wrote them
        if absolute.is_dir():
            _Walk(absolute, settings, excluded, found).run()
        elif problem := _problem_of(absolute):
            found.errors.append(f"{_as_given(path)}: {problem}")
        elif not (settings.force_exclude and excluded.covers(absolute)):
            found.files.append(absolute)
    found.files = _without_repeats(found.files)
    return found


def _as_given(path: Path) -> str:
    return shown_path(path) if path.is_absolute() else path.as_posix()


def _problem_of(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file or folder"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if not stat.S_ISREG(mode):
        return "is not a regular file"
    return None if os.access(path, os.R_OK) else "cannot be read: Permission denied"


def _without_repeats(files: Iterable[Path]) -> list[Path]:
    """Sorted; a symlink to a file that is in the list, or to which another link is, is dropped."""
    ordered = sorted(set(files))
    links = {path for path in ordered if path.is_symlink()}
    seen = {os.path.realpath(path) for path in ordered if path not in links} if links else set()
    kept = []
    for path in ordered:
        if path in links:
            target = os.path.realpath(path)
            if target in seen:
                continue
            seen.add(target)
        kept.append(path)
    return kept


_GROUP_NAME = re.compile(r"\(\?P<\w+>")


class _Patterns:
    """Patterns of gitignore. Nearly all paths match none of them, which one expression for all patterns tells at once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._spec = GitIgnoreSpec.from_lines(lines)
        expressions = [pattern.regex.pattern for pattern in self._spec.patterns if pattern.regex is not None]
        self._any = re.compile("|".join(f"(?:{_GROUP_NAME.sub('(', expression)})" for expression in expressions))
        self._empty = not expressions

    def verdict(self, path: str) -> bool | None:
        """Whether the path (below the folder of the patterns, a folder with a slash at its end) is meant; ``None`` if no pattern says."""
        if self._empty or not self._any.search(path):
            return None
        return self._spec.check_file(path).include

    def match(self, path: str) -> bool:
        return bool(self.verdict(path))


class _Excludes:
    """The ``exclude`` patterns. Those without a slash are about the name of an entry, the others about its path below ``folder``."""

    def __init__(self, settings: Settings) -> None:
        patterns = (*settings.exclude, *settings.extend_exclude)
        self.folder = settings.folder.absolute()
        self.names = _Patterns([pattern for pattern in patterns if "/" not in pattern.rstrip("/")])
        self.paths = [_Patterns([pattern]) for pattern in patterns if "/" in pattern.rstrip("/")]

    def covers(self, file: Path) -> bool:
        """Whether a file, or a folder around it below ``folder``, is excluded."""
        if not file.is_relative_to(self.folder):
            return self.names.match(file.name)
        relative = file.relative_to(self.folder).as_posix()
        return self.names.match(relative) or any(spec.match(relative) for spec in self.paths)

    def below(self, start: Path) -> list[_Patterns]:
        """The path patterns for a search that starts at a folder that the user named: those that would exclude it do not count."""
        if not start.is_relative_to(self.folder):
            return []
        relative = start.relative_to(self.folder).as_posix()
        return [spec for spec in self.paths if relative == "." or not spec.match(relative + "/")]


class _Ignores(Struct):
    """A ``.gitignore`` and the folder that its patterns are relative to (with a slash at the end)."""

    folder: str
    patterns: _Patterns


class _Walk:
    """The search below one folder. Symlinks to folders are not followed, so loops do no harm."""

    def __init__(self, start: Path, settings: Settings, excluded: _Excludes, found: Discovery) -> None:
        self.start = start
        self.respect_gitignore = settings.respect_gitignore
        self.names = excluded.names
        self.paths = excluded.below(start)
        self.folder = excluded.folder
        self.found = found

    def run(self) -> None:
        pending = [(str(self.start), _ignores_around(self.start) if self.respect_gitignore else [])]
        while pending:
            folder, ignores = pending.pop()
            try:
                with os.scandir(folder) as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError as error:
                self.found.errors.append(f"{shown_path(Path(folder))}: cannot be read: {error.strerror or error}")
                continue
            if self.respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
                ignores = [*ignores, *_read_ignores(Path(folder))]
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                wanted = is_folder or (entry.name.endswith(SUFFIXES) and _is_file(entry))
                if not wanted or self._is_excluded(entry, is_folder) or _is_ignored(entry.path, is_folder, ignores):
                    continue
                if is_folder:
                    pending.append((entry.path, ignores))
                else:
                    self.found.files.append(Path(entry.path))

    def _is_excluded(self, entry: os.DirEntry[str], is_folder: bool) -> bool:
        end = "/" if is_folder else ""
        if self.names.match(entry.name + end):
            return True
        if not self.paths:
            return False
        relative = Path(entry.path).relative_to(self.folder).as_posix() + end
        return any(spec.match(relative) for spec in self.paths)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a symlink that leads to itself
        return False


def _ignores_around(start: Path) -> list[_Ignores]:
    """The ignore files of the repository above ``start``, outermost first; none if they would ignore ``start`` itself."""
    above: list[Path] = []
    for folder in (start, *start.parents):
        above.append(folder)
        if (folder / ".git").exists():
            break
    else:
        return []
    root, between = above[-1], above[1:]
    ignores = _read_ignores(root, Path(".git/info/exclude"))
    for folder in reversed(between):
        ignores += _read_ignores(folder)
    parts = [*reversed(above[:-1])]
    return [] if any(_is_ignored(str(folder), True, ignores) for folder in parts) else ignores


def _read_ignores(folder: Path, name: Path = Path(".gitignore")) -> list[_Ignores]:
    try:
        lines = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    understood = [line for line in lines if _is_pattern(line)]  # git skips the others
    return [_Ignores(str(folder).rstrip(os.sep) + os.sep, _Patterns(understood))] if understood else []


def _is_pattern(line: str) -> bool:
    try:
        return any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([line]).patterns)
    except ValueError:
        return False


def _is_ignored(path: str, is_folder: bool, ignores: Sequence[_Ignores]) -> bool:
    """The innermost file with a pattern for the path decides."""
    for ignore in reversed(ignores):
        relative = path.removeprefix(ignore.folder).replace(os.sep, "/") + ("/" if is_folder else "")
        verdict = ignore.patterns.verdict(relative)
        if verdict is not None:
            return verdict
    return False
