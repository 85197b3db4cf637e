"""The files of a project: their bytes, their IR, and whether they can matter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lintnn.frontend import ir

RELEVANT_WORDS = (
    b"torch", b"lightning", b"transformers", b"fastai", b"skorch", b"ignite", b"accelerate", b"timm", b"mmengine", b"mmcv", b".backward(",
    b".zero_grad(", b".step(", b".eval()",
)  # fmt: skip
"""A file that mentions none of these is looked at only when one that does imports it."""


def may_matter(data: bytes) -> bool:
    """A cheap look at the bytes: can this file hold model code?"""
    return any(word in data for word in RELEVANT_WORDS)


def looks_damaged(path: str, data: bytes) -> bool:
    """A cheap look at the bytes: can this not be what its name says? Zero bytes in a program, a notebook that is no JSON object or
    says nothing of cells."""
    if path.endswith(".ipynb"):
        return not (data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and data.rstrip().endswith(b"}") and b'"cells"' in data)
    return b"\0" in data


class Files:
    """Reads and lowers files of one project root; every file once. Paths are relative to the root, with ``/``."""

    def __init__(self, root: Path, lower: Callable[[bytes, str], ir.Module], overlay: dict[str, bytes] | None = None) -> None:
        self.root = root
        self._lower = lower
        self._overlay = overlay or {}
        self._modules: dict[str, ir.Module | None] = {}
        self._exists: dict[str, bool] = {}
        self._folders: dict[str, bool] = {}

    def data(self, path: str) -> bytes | None:
        """The bytes of a file, None if it cannot be read."""
        if path in self._overlay:
            return self._overlay[path]
        try:
            return (self.root / path).read_bytes()
        except OSError:
            return None

    def module(self, path: str) -> ir.Module | None:
        """The lowered file, None if it cannot be read."""
        if path not in self._modules:
            data = self.data(path)
            self._modules[path] = None if data is None else self._lower(data, path)
        return self._modules[path]

    def put(self, path: str, module: ir.Module) -> None:
        """Store a file that was lowered elsewhere."""
        self._modules[path] = module

    def forget(self, path: str) -> None:
        """Drop the IR of a file."""
        self._modules.pop(path, None)

    def is_file(self, path: str) -> bool:
        """Whether the file exists below the root."""
        known = self._exists.get(path)
        if known is None:
            known = path in self._overlay or (self.root / path).is_file()
            self._exists[path] = known
        return known

    def is_folder(self, path: str) -> bool:
        """Whether the folder exists below the root."""
        known = self._folders.get(path)
        if known is None:
            known = (self.root / path).is_dir()
            self._folders[path] = known
        return known
