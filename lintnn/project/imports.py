"""Which file an import means, resolved as scripts do it."""

from __future__ import annotations

from lintnn.project.files import Files


def folder_of(path: str) -> str:
    """The folder of a file, without a trailing slash; empty for the root."""
    return path.rpartition("/")[0]


def _beside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class Imports:
    """Resolves dotted names to files of the project: the importing file's folder, the root, ``src``, then enclosing folders."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._resolved: dict[tuple[str, str, int], str | None] = {}

    def resolve(self, importer: str, dotted: str, level: int = 0) -> str | None:
        """The file (or folder with a trailing ``/``, for a package without ``__init__``) that ``dotted`` means in ``importer``; None
        if it is not of
        the project. ``level`` counts the leading dots."""
        key = (folder_of(importer), dotted, level)
        if key not in self._resolved:
            self._resolved[key] = self._search(importer, dotted, level)
        return self._resolved[key]

    def _search(self, importer: str, dotted: str, level: int) -> str | None:
        parts = [part for part in dotted.split(".") if part]
        folder = folder_of(importer)
        if level:
            for _ in range(level - 1):
                folder = folder_of(folder)
            return self._module_at(folder, parts)
        for start in self._starts(folder):
            found = self._module_at(start, parts)
            if found is not None and not (found.endswith("/") and len(parts) == 1 and start != ""):
                return found
        return None

    @staticmethod
    def _starts(folder: str) -> list[str]:
        starts = [folder, "", "src"]
        while folder:
            folder = folder_of(folder)
            starts.append(folder)
        return list(dict.fromkeys(starts))

    def _module_at(self, folder: str, parts: list[str]) -> str | None:
        base = "/".join([folder, *parts]) if folder else "/".join(parts)
        if parts:
            for candidate in (f"{base}.py", f"{base}/__init__.py"):
                if self._files.is_file(candidate):
                    return candidate
        elif self._files.is_file(_beside(base, "__init__.py")):
            return _beside(base, "__init__.py")
        if self._files.is_folder(base):
            return base + "/"
        return None

    def submodule(self, package: str, name: str) -> str | None:
        """The file of ``name`` inside a package (its ``__init__.py`` or its folder with a trailing slash)."""
        folder = package[:-1] if package.endswith("/") else folder_of(package)
        if not package.endswith("/") and not package.endswith("__init__.py"):
            return None
        found = self._module_at(folder, [name])
        return found
