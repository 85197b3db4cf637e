"""Find a repository's mirror or clone in a folder, and export the files that lintnn reads from one of its commits."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

SUFFIXES = frozenset({".py", ".ipynb"})
PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".gitignore"})
REGULAR_MODES = frozenset({"100644", "100755"})


class MirrorError(Exception):
    """A mirror or a commit is not there."""


def git_directory(mirrors: Path, repo: str) -> Path:
    """The git directory of ``owner/name`` under a folder of mirrors (``owner+name/repo``) or of plain clones."""
    flat = mirrors / repo.replace("/", "+")
    for base in (flat / "repo", flat, mirrors / repo, mirrors / f"{repo}.git"):
        for candidate in (base / ".git", base):
            if (candidate / "HEAD").is_file() and (candidate / "objects").is_dir():
                return candidate
    raise MirrorError(f"no mirror or clone of {repo} in {mirrors}")


def export(git: Path, commit: str, target: Path) -> None:
    """Write the Python files, notebooks and project files of a commit to ``target``; a folder already there is complete.

    An empty ``.git`` folder marks the export as a project root of its own.
    """
    if target.is_dir():
        return
    blobs = _listing(git, commit)
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    (part / ".git").mkdir(parents=True)
    for path, content in _contents(git, blobs).items():
        place = part / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    part.rename(target)


def _git(git: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(["git", f"--git-dir={git}", *arguments], input=stdin, capture_output=True, env=environment, check=False)
    if done.returncode != 0:
        raise MirrorError(f"git {arguments[0]} failed in {git}: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout


def _listing(git: Path, commit: str) -> dict[str, str]:
    """Path to object name, for the regular files that are exported."""
    blobs: dict[str, str] = {}
    for entry in _git(git, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        if not entry:
            continue
        facts, _, name = entry.partition(b"\t")
        mode, _, object_name = facts.decode().split(" ")
        path = PurePosixPath(name.decode("utf-8", "surrogateescape"))
        if mode in REGULAR_MODES and (path.suffix in SUFFIXES or path.name in PROJECT_FILES) and ".git" not in path.parts:
            blobs[str(path)] = object_name
    return blobs


def _contents(git: Path, blobs: dict[str, str]) -> dict[str, bytes]:
    """Path to content; objects that the mirror lacks are left out."""
    if not blobs:
        return {}
    answer = _git(git, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in blobs.values()).encode())
    contents: dict[str, bytes] = {}
    at = 0
    for path in blobs:
        end = answer.index(b"\n", at)
        header = answer[at:end].split(b" ")
        at = end + 1
        if header[1] == b"missing":
            continue
        size = int(header[2])
        contents[path] = answer[at : at + size]
        at += size + 1
    return contents
