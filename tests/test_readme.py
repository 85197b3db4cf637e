"""The README tells the truth: its example gives its output, its settings are read, its table of rules is complete."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lintnn.checks import rulebook
from lintnn.config.rulebook import Family
from lintnn.config.selectors import check_selectors
from lintnn.config.settings import OUTPUT_FORMATS, Options, read_options
from lintnn.frontend.suppressions import suppressions

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
EXAMPLE = "tests/projects/segmentation"


def block_after(marker: str, kind: str) -> str:
    """The text of the first block of a kind after a marker."""
    found = re.search(rf"```{kind}\n(.*?)```\n", README[README.index(marker) :], re.DOTALL)
    assert found is not None, f"no {kind} block after {marker!r}"
    return found[1]


def test_the_example_gives_the_output_that_the_readme_shows() -> None:
    done = subprocess.run([sys.executable, "-m", "lintnn", EXAMPLE], cwd=PROJECT, capture_output=True, text=True, encoding="utf-8")
    assert done.stderr == ""
    assert done.returncode == 1
    assert done.stdout == block_after(f"<!-- output of: lintnn {EXAMPLE} -->", "text")


def test_the_excerpt_of_the_example_is_of_its_files() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / EXAMPLE).glob("*.py")))
    wanted = {line.strip() for line in sources.splitlines()}
    shown = [line.partition("  #")[0].strip() for line in block_after("## An example", "py").splitlines()]
    strangers = [line for line in shown if line and line != "..." and not line.startswith("#") and line not in wanted]
    assert strangers == ["def forward(self, images):"], "only the annotations of one header are left out"


def test_two_commands_do_all_the_set_up() -> None:
    commands = re.findall(r"```sh\n(python3 -m venv .*)\n```", README)
    assert [command.split(" && ")[:2] for command in commands] == [["python3 -m venv .venv", ". .venv/bin/activate"]] * 2
    assert commands[0].endswith(f" && lintnn {EXAMPLE}")
    assert commands[1].endswith(" && ruff format --check . && ruff check . && mypy --strict lintnn && pytest")


def test_the_settings_of_the_readme_are_accepted() -> None:
    table = tomllib.loads(block_after("**Settings**", "toml"))["tool"]["lintnn"]
    options = read_options(table, PROJECT / "pyproject.toml")
    check_selectors(options, rulebook(), "README.md")
    named = set(re.findall(r"`([a-z-]+)`", README[README.index("Other keys are") :].split("\n\n")[0])) | set(table)
    known = {field.replace("_", "-") for field in Options.__struct_fields__}
    assert named == known - {"cache", "cache-dir"}, "the cache has no effect yet"


def test_the_suppressions_of_the_readme_are_understood() -> None:
    found = suppressions(block_after("**Suppressions**", "py"))
    assert [(one.rules, one.form) for one in found] == [
        (["softmax-before-cross-entropy"], "lintnn"),
        (["losses"], "lintnn"),
        (["NN301"], "noqa"),
        (["NN203"], "file"),
    ]


def test_every_output_format_is_named() -> None:
    paragraph = README[README.index("**Output formats**") :].split("\n\n")[0]
    assert set(OUTPUT_FORMATS) <= set(re.findall(r"`([a-z-]+)`", paragraph))


@pytest.mark.parametrize("family", list(Family))
def test_the_table_has_every_rule_in_the_row_of_its_family(family: Family) -> None:
    names = [rule.name for rule in rulebook() if rule.family is family]
    row = f"| {family.heading} (`{family}`) | {family.prefix} | {', '.join(names)} |"
    if names:
        assert row in README.splitlines()
    else:
        assert f"`{family.prefix}`" in README, "a family without rules is named as such"


def test_links_lead_to_files() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (PROJECT / link).is_file()] == []


def test_the_hooks_of_the_readme_exist() -> None:
    hooks = (PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    named = re.findall(r"- id: (\S+)", README) + re.findall(r"`(lintnn-\w+)` the whole project", README)
    assert named == ["lintnn", "lintnn-full"]
    assert all(f"- id: {name}\n" in hooks for name in named)
