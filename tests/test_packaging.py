"""What surrounds the package: hooks, licence, the check that runs everything."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import yaml

import lintnn

PROJECT = Path(__file__).resolve().parent.parent


def test_the_two_hook_files_are_equal() -> None:
    assert (PROJECT / ".pre-commit-hooks.yaml").read_bytes() == (PROJECT / "pre-commit-hooks.yaml").read_bytes()


def test_hooks_start_a_command_that_exists() -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert set(hooks) == {"lintnn", "lintnn-full"}
    assert all(hook["entry"].split()[:2] == ["lintnn", "check"] and hook["require_serial"] for hook in hooks.values())
    assert hooks["lintnn-full"]["pass_filenames"] is False


def test_dependencies_have_no_upper_bounds() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = project["dependencies"] + [one for extra in project["optional-dependencies"].values() for one in extra]
    assert not [requirement for requirement in requirements if "<" in requirement or "==" in requirement or "~=" in requirement]
    assert set(project["optional-dependencies"]) == {"lsp", "trace", "dev"}


def test_the_version_has_an_entry_in_the_changelog() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in changelog or f"## {lintnn.__version__}" in changelog


def test_the_check_of_everything_can_be_started_and_is_the_one_of_the_readme() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if line.startswith("ruff ")]
    assert len(commands) == 1
    assert commands[0] in (PROJECT / "README.md").read_text(encoding="utf-8")
