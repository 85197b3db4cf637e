"""Fetch the public corpus that public.toml pins.

    python -m tests.corpus.fetch_corpus DEST [NAME ...]     fetch all entries, or the named ones
    python -m tests.corpus.fetch_corpus --check DEST        say which entries are in place; exit 1 if any is not

Each entry is a wheel: it is downloaded with ``pip download --no-deps``, compared with the pinned sha256 and unpacked to
DEST/NAME-VERSION. No package code is built, imported or run. An entry in place is left alone, so a broken run can be repeated.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.corpus.packages import PINS, Package, load_packages


class FetchError(Exception):
    """Something that stops one entry; the others still go on."""


def normal(name: str) -> str:
    """A package name in the one spelling that pip also uses to compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def choose(packages: Sequence[Package], names: Sequence[str]) -> list[Package]:
    """The named packages, or all."""
    by_name = {normal(package.name): package for package in packages}
    unknown = [name for name in names if normal(name) not in by_name]
    if unknown:
        raise SystemExit(f"fetch_corpus: not in the corpus: {', '.join(unknown)}")
    return [by_name[key] for key in dict.fromkeys(map(normal, names))] if names else list(packages)


def marker(dest: Path, package: Package) -> Path:
    """The note that an entry was unpacked whole; it holds the wheel's sha256."""
    return dest / ".fetched" / package.folder


def in_place(dest: Path, package: Package) -> bool:
    """Whether the pinned wheel is already unpacked."""
    note = marker(dest, package)
    return (dest / package.folder).is_dir() and note.is_file() and note.read_text().strip() == package.sha256


def download(package: Package, folder: Path) -> Path:
    """The verified wheel."""
    pinned = f"{package.name}=={package.version}"
    options = ("--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), pinned]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise FetchError(f"pip download {pinned} failed (exit {done.returncode}): " + " | ".join(said[-3:]))
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise FetchError(f"pip download {pinned} left {len(wheels)} wheels, not 1")
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != package.sha256:
        raise FetchError(f"{wheels[0].name}: sha256 is {found}, {PINS.name} says {package.sha256}; not unpacked")
    return wheels[0]


def unpack(wheel: Path, target: Path) -> None:
    """Unpack beside the target and rename, so that a target folder is always whole."""
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                if member.startswith(("/", "\\")) or ".." in Path(member).parts:
                    raise FetchError(f"{wheel.name} contains the unsafe path {member!r}")
            archive.extractall(part)
    except zipfile.BadZipFile as error:
        raise FetchError(f"{wheel.name} is not a readable wheel: {error}") from None
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


def fetch(package: Package, dest: Path) -> None:
    """Download, verify, unpack and note one entry."""
    with tempfile.TemporaryDirectory(dir=dest, prefix=".download-") as folder:
        unpack(download(package, Path(folder)), dest / package.folder)
    note = marker(dest, package)
    note.parent.mkdir(exist_ok=True)
    note.write_text(package.sha256 + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Fetch or check; 0 when every wanted entry is in place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dest", type=Path, help="folder to unpack into (made if absent)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these entries")
    parser.add_argument("--check", action="store_true", help="only say which entries are not in place")
    options = parser.parse_args(argv)
    packages = choose(load_packages(), options.names)
    missing = [package for package in packages if not in_place(options.dest, package)]
    failed = []
    for package in missing:
        if options.check:
            failed.append(f"missing: {package.folder}")
            continue
        options.dest.mkdir(parents=True, exist_ok=True)
        try:
            fetch(package, options.dest)
            print(f"fetched {package.folder}", flush=True)
        except (FetchError, OSError) as error:
            failed.append(f"failed: {package.folder}: {error}")
    print(f"{len(packages) - len(failed)} of {len(packages)} in place in {options.dest}", *failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
