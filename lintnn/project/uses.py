"""Which attributes the other files of a project read, found in their text without parsing it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lintnn.project.files import Files

MAX_FILES = 4000
SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
_COMMENT = re.compile(rb"#[^\n]*")
_SELF = re.compile(rb"\bself\.([A-Za-z_]\w*)")
_OTHER = re.compile(rb"(?<!self)\.([A-Za-z_]\w*)|[\"']([\w.]+)[\"']")


class AttributeUses:
    """Attributes by the files that mention them: on ``self``, or on anything else (words in quotes count, as of ``getattr``)."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._on_self: dict[bytes, set[str]] = {}
        self._on_others: dict[bytes, set[str]] = {}
        for path in _python_files(files.root):
            data = files.data(path)
            if data is not None:
                self._add(path, _COMMENT.sub(b"", data))

    def _add(self, path: str, text: bytes) -> None:
        for name in set(_SELF.findall(text)):
            self._on_self.setdefault(name, set()).add(path)
        for attribute, quoted in set(_OTHER.findall(text)):
            for name in (attribute, *quoted.split(b".")):
                self._on_others.setdefault(name, set()).add(path)

    def reads(self, attribute: str, owner: str, path: str) -> bool:
        """Whether a file other than ``path`` may read the attribute of an instance of the class ``owner``: on something other than
        ``self``, or on ``self`` where the class is mentioned too, as by a class that extends it."""
        name = attribute.encode()
        if self._on_others.get(name, set()) - {path}:
            return True
        return any(owner.encode() in (self.files.data(other) or b"") for other in self._on_self.get(name, set()) - {path})


def _python_files(root: Path) -> list[str]:
    """The Python files and notebooks below the root, the first so many of them."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
        below = Path(folder).relative_to(root)
        found.extend((below / name).as_posix() for name in sorted(names) if name.endswith((".py", ".ipynb")))
        if len(found) > MAX_FILES:
            break
    return found[:MAX_FILES]
