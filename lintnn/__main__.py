"""The program ``lintnn``, also ``python -m lintnn``."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Run the command line and return the exit code."""
    try:
        from lintnn.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


def leave_current_folder() -> None:
    """``python -m`` looks for modules in the current folder first; a project that is checked must not be imported."""
    if not sys.flags.safe_path and Path(sys.path[0]) == Path.cwd():
        del sys.path[0]


if __name__ == "__main__":
    leave_current_folder()
    sys.exit(main())
