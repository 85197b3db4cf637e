"""Settings: what a file or the command line may say, how it is read and checked, and what a run is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import msgspec
from msgspec import Struct

from lintnn.config.errors import UsageError, did_you_mean

T = TypeVar("T")

OutputFormat = Literal[
    "full", "concise", "grouped", "json", "json-lines", "sarif", "github", "gitlab", "junit", "rdjson", "azure", "pylint"
]  # fmt: skip
OUTPUT_FORMATS: tuple[str, ...] = get_args(OutputFormat)

ROOT_MARKERS = ("pyproject.toml", "lintnn.toml", "setup.py", "setup.cfg", ".git")

DEFAULT_EXCLUDE = (
    ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pixi", ".pytest_cache", ".ruff_cache", ".svn",
    ".tox", ".venv", "*.egg-info/", "__pycache__", "__pypackages__", "build", "dist", "node_modules", "site-packages", "venv",
)  # fmt: skip
"""Patterns of gitignore; each matches the name of an entry in a folder that is searched."""


class Options(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """What one source (a file, the command line) says; ``None`` is "says nothing"."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool | None = None
    respect_gitignore: bool | None = None
    output_format: OutputFormat | None = None
    cache: bool | None = None
    cache_dir: str | None = None


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one run. Patterns are relative to ``folder``, the folder of the settings file or the project root."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    output_format: OutputFormat = "full"
    cache: bool = True
    cache_dir: str | None = None
    folder: Path = Path()


class SettingsFile(Struct, frozen=True):
    """A file that holds settings, and what it says."""

    path: Path
    options: Options


def project_root(start: Path) -> Path:
    """The nearest folder from ``start`` upward that looks like a project's root; else the current folder, or ``start`` outside of it."""
    start = _folder_of(start)
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in ROOT_MARKERS):
            return folder
    current = Path.cwd()
    return current if start.is_relative_to(current) else start


def common_folder(paths: list[Path]) -> Path:
    """The deepest folder that holds all the paths."""
    if not paths:
        return Path.cwd()
    try:
        return Path(os.path.commonpath([_folder_of(path) for path in paths]))
    except ValueError:  # different drives
        return _folder_of(paths[0])


def find_settings(start: Path) -> SettingsFile | None:
    """The nearest file upward from ``start`` that holds settings. Raises :class:`UsageError` if it cannot be used."""
    start = _folder_of(start)
    for folder in (start, *start.parents):
        for name in ("lintnn.toml", "pyproject.toml"):
            path = folder / name
            if path.is_file() and (found := read_settings(path)):
                return found
    return None


def read_settings(path: Path) -> SettingsFile | None:
    """Read a settings file; ``None`` for a ``pyproject.toml`` without a table for lintnn."""
    table = _read_table(path)
    return None if table is None else SettingsFile(path, read_options(table, path))


def read_options(table: Mapping[str, Any], path: Path) -> Options:
    """Check a table of settings; raises :class:`UsageError` naming file and key."""
    known = {field.encode_name for field in msgspec.structs.fields(Options)}
    for key in table:
        if key not in known:
            raise UsageError(f"{shown_path(path)}: unknown key `{key}`{did_you_mean(key.replace('_', '-'), known)}")
    try:
        return msgspec.convert(table, Options)
    except msgspec.ValidationError as error:
        raise UsageError(f"{shown_path(path)}: {_explained(str(error), table)}") from None


def resolve(file: SettingsFile | None, command: Options, folder: Path) -> Settings:
    """What a run gets: the command line wins over the file, the file over the defaults. ``folder`` is the one without a file."""
    said = file.options if file else Options()
    defaults = Settings()
    if command.select is not None:
        extend_select, ignore = command.extend_select, command.ignore
    else:
        extend_select = _without(said.extend_select, command.ignore) + command.extend_select
        ignore = _without(said.ignore, command.extend_select) + command.ignore
    return Settings(
        select=_first(command.select, said.select, None),
        extend_select=extend_select,
        ignore=ignore,
        per_file_ignores=said.per_file_ignores,
        exclude=_first(command.exclude, said.exclude, defaults.exclude),
        extend_exclude=said.extend_exclude + command.extend_exclude,
        force_exclude=_first(command.force_exclude, said.force_exclude, defaults.force_exclude),
        respect_gitignore=_first(command.respect_gitignore, said.respect_gitignore, defaults.respect_gitignore),
        output_format=_first(command.output_format, said.output_format, defaults.output_format),
        cache=_first(command.cache, said.cache, defaults.cache),
        cache_dir=command.cache_dir or _anchored(said.cache_dir, file),
        folder=file.path.parent if file else folder,
    )


def shown_path(path: Path) -> str:
    """A path as messages show it: relative to the current folder when it lies below, with forward slashes."""
    current = Path.cwd()
    return path.relative_to(current).as_posix() if path.is_relative_to(current) else path.as_posix()


def _read_table(path: Path) -> Mapping[str, Any] | None:
    import tomllib  # only where there is a file to read

    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown_path(path)}: not valid TOML: {error}") from None
    except RecursionError:
        raise UsageError(f"{shown_path(path)}: not valid TOML: nested too deeply") from None
    except OSError as error:
        raise UsageError(f"{shown_path(path)}: cannot be read: {error.strerror or error}") from None
    if path.name != "pyproject.toml":
        return document
    tools = document.get("tool", {})
    table = tools.get("lintnn") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{shown_path(path)}: key `tool.lintnn`: expected a table")
    return table


_TYPE_NAMES = {"array": "a list", "str": "a string", "bool": "true or false", "object": "a table", "int": "an integer"}


def _explained(message: str, table: Mapping[str, Any]) -> str:
    """msgspec's message in the words of a TOML file."""
    fact, _, where = message.partition(" - at `")
    key = where.rstrip("`").removeprefix("$").removeprefix(".")
    top = key.split("[")[0].split(".")[0]
    if fact.startswith("Invalid enum value"):
        given = table.get(top)
        return f"key `{top}`: unknown value `{given}`{did_you_mean(str(given), OUTPUT_FORMATS)}; known are {', '.join(OUTPUT_FORMATS)}"
    expected, _, got = fact.removeprefix("Expected ").replace("`", "").partition(", got ")
    wanted = " or ".join(_TYPE_NAMES.get(word, word) for word in expected.split(" | ") if word != "null")
    return f"key `{key}`: expected {wanted}, got {_TYPE_NAMES.get(got, got)}"


def _anchored(cache_dir: str | None, file: SettingsFile | None) -> str | None:
    return str(file.path.parent / cache_dir) if file and cache_dir else None


def _without(words: tuple[str, ...], contrary: tuple[str, ...]) -> tuple[str, ...]:
    folded = {word.casefold() for word in contrary}
    return tuple(word for word in words if word.casefold() not in folded)


def _first(command: T | None, file: T | None, default: T) -> T:
    if command is not None:
        return command
    return default if file is None else file


def _folder_of(path: Path) -> Path:
    path = Path(os.path.abspath(path))  # noqa: PTH100  # no symlink is resolved: the user's spelling stays
    return path if path.is_dir() else path.parent
