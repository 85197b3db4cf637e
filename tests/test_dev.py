"""``python -m lintnn.dev``: derived files and the start of a new rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lintnn import dev
from lintnn.checks import rulebook
from lintnn.config.rulebook import Family, Rulebook
from lintnn.explain import facts_line
from lintnn.testing import read_page


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dev, "PROJECT", tmp_path)
    monkeypatch.setattr(dev, "PAGES", tmp_path / "rules")
    monkeypatch.setattr(dev, "CHECKS", tmp_path / "lintnn" / "checks")
    monkeypatch.setattr(dev, "CATALOGUE", tmp_path / "lintnn" / "checks" / "catalogue.py")
    (tmp_path / "rules").mkdir()
    (tmp_path / "lintnn" / "checks" / "losses").mkdir(parents=True)
    monkeypatch.setattr(dev, "rule_classes", lambda: iter(()))
    return tmp_path


@pytest.mark.parametrize("between", ["", "old", "\nold\nlines\n"])
def test_the_facts_line_replaces_what_stands_between_the_markers(between: str) -> None:
    rule = rulebook().rules[0]
    page = f"# x (NN001)\n\n<!-- facts -->{between}<!-- /facts -->\n\nText.\n"
    assert dev.with_facts(page, rule) == f"# x (NN001)\n\n<!-- facts -->\n{facts_line(rule)}\n<!-- /facts -->\n\nText.\n"


def test_sync_writes_and_check_only_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["sync", "--check"]) == 1
    assert capsys.readouterr().out == "out of date: lintnn/checks/catalogue.py\nout of date: rules/README.md\n"
    assert not dev.CATALOGUE.exists()
    assert dev.main(["sync"]) == 0
    assert dev.main(["sync", "--check"]) == 0


def test_every_rule_is_in_the_table() -> None:
    table = dev.derived_files()[dev.PAGES / "README.md"]
    assert all(
        f"| [{rule.code}]({rule.page_name}) | {rule.name} |" in table for rule in Rulebook(cls.facts() for cls in dev.rule_classes())
    )


def test_a_new_rule_starts_with_a_page_and_a_module(project: Path) -> None:
    assert dev.main(["new-rule", "NN399", "some-new-rule", "--family", "losses"]) == 0
    page = read_page(project / "rules" / "NN399-some-new-rule.md")
    assert (page.code, page.name, len(page.examples), len(page.proofs)) == ("NN399", "some-new-rule", 2, 1)
    module = ast.parse((project / "lintnn/checks/losses/some_new_rule.py").read_text(encoding="utf-8"))
    assert [node.name for node in module.body if isinstance(node, ast.ClassDef)] == ["SomeNewRule"]


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("NN499", "some-rule", "error: the codes of the family losses are NN3 and two digits\n"),
        ("NN399", "Some_Rule", "error: a name is lower-case words joined by hyphens\n"),
        ("NN301", "some-rule", "error: rules/NN301-taken.md is there already\n"),
    ],
)
def test_a_new_rule_is_refused(project: Path, capsys: pytest.CaptureFixture[str], code: str, name: str, message: str) -> None:
    (project / "rules" / "NN301-taken.md").touch()
    assert dev.new_rule(code, name, Family.LOSSES) == 2
    assert capsys.readouterr().err == message
