"""The pinned packages of the public corpus."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

PINS = Path(__file__).resolve().parent / "public.toml"


class Package(Struct, frozen=True):
    """One wheel. ``tier`` core counts in the rates; bulk is a speed and crash test of its own."""

    name: str
    version: str
    sha256: str
    tier: str
    py_files: int
    py_loc: int

    @property
    def folder(self) -> str:
        """The folder it is unpacked to."""
        return f"{self.name}-{self.version}"


def load_packages(path: Path = PINS) -> list[Package]:
    """All packages, in the order of the file."""
    return [msgspec.convert(entry, Package) for entry in tomllib.loads(path.read_text("utf-8"))["package"]]


def choose_packages(packages: Iterable[Package], *, tier: str = "all", names: frozenset[str] = frozenset()) -> list[Package]:
    """The packages of a tier, or the named ones."""
    return [package for package in packages if tier in ("all", package.tier) and (not names or package.name in names)]
