"""How the page runner compares reports with marks, with an engine that reports what the code asks for."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from lintnn.config.rulebook import Family, Needs, Rule, Rulebook
from lintnn.findings import Confidence, Finding, FixKind, Severity, Span
from lintnn.testing import check_page, differences, parse_page


def rule(code: str, name: str, confidence: Confidence) -> Rule:
    return Rule(code, name, Family.LOSSES, Severity.ERROR, confidence, Needs.VALUES, FixKind.NONE, "Something is wrong.")


BOOK = Rulebook(
    [
        rule("NN399", "some-rule", Confidence.LOW),
        rule("NN398", "other-rule", Confidence.MEDIUM),
        rule("NN397", "quiet-rule", Confidence.LOW),
    ]
)


class Result(Struct):
    findings: list[Finding]
    errors: list[str]


@pytest.fixture(autouse=True)
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """An engine that reports ``report(name)`` wherever the text of a file says so; the requests it got."""
    seen: list[Any] = []

    class Request(Struct):
        root: Path
        paths: list[Path]
        settings: Any

    def run(request: Request) -> Result:
        seen.append(request)
        findings, errors = [], []
        for path in sorted(request.root.rglob("*.py")):
            for row, line in enumerate(path.read_text().splitlines(), 1):
                errors += re.findall(r"fail\((.*?)\)", line)
                for name in re.findall(r"report\(([a-z-]+)\)", line):
                    found = BOOK.get(name)
                    assert found is not None
                    place = Span(str(path), row, 1, row, 2)
                    findings.append(Finding(found.code, name, found.severity, found.confidence, "Wrong.", "", "", place, (), "f"))
        return Result(findings, errors)

    module = types.ModuleType("lintnn.engine")
    module.Request, module.run = Request, run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lintnn.engine", module)
    return seen


def differences_of(code: str, section: str = "Bad") -> list[str]:
    return differences(parse_page(f"# some-rule (NN399)\n## {section}\n```py\n{code}\n```\n", Path("page.md")), BOOK)


@pytest.mark.parametrize(
    "code",
    [
        "report(some-rule)  # error",
        "report(other-rule)  # error: [other-rule]",
        "report(other-rule) report(some-rule)  # error: [some-rule, other-rule]",
        "report(some-rule)  # spurious: the loop is taken twice",
        "x = 1  # missing: values in a dict are lost",
        "x = 1",
    ],
)
def test_reports_that_are_as_marked_give_no_difference(code: str) -> None:
    assert differences_of(code) == []


@pytest.mark.parametrize(
    ("code", "difference"),
    [
        ("x = 1\ny = 2  # error", "    example.py:2 (page line 5): expected some-rule, nothing came"),
        ("report(other-rule)", "    example.py:1 (page line 4): unexpected other-rule (NN398): Wrong."),
        ("report(some-rule) # error: [other-rule]", "    example.py:1 (page line 4): expected other-rule, nothing came"),
        ("report(some-rule)  # missing: x", "    example.py:1 (page line 4): marked missing, but some-rule comes now: make it `# error`"),
        ("x = 1  # spurious: x", "    example.py:1 (page line 4): marked spurious, but some-rule no longer comes: remove the mark"),
        ("fail(crashed)", "    the analysis failed: crashed"),
    ],
)
def test_differences_are_named_with_their_place(code: str, difference: str) -> None:
    found = differences_of(code)
    assert found[0] == "  Bad (line 4)"
    assert difference in found


def test_tiers_one_and_two_and_the_rule_of_the_page_are_on(requests: list[Any]) -> None:
    differences_of("x = 1")
    assert requests[0].settings.select == ("NN398", "NN399")
    assert requests[0].settings.cache is False


def test_files_of_an_example_are_laid_out_together() -> None:
    page = parse_page(
        "# some-rule (NN399)\n## Bad\n### Two\n```py file=lib/model.py\nx = 1\nreport(some-rule)  # error\n```\n"
        "```py file=train.py\nreport(some-rule)\n```\n",
        Path("page.md"),
    )
    with pytest.raises(AssertionError) as failure:
        check_page(page, BOOK)
    assert str(failure.value) == (
        "page.md: 1 difference in 1 of 1 example\n  Bad / Two (line 5)\n    train.py:1 (page line 9): unexpected some-rule (NN399): Wrong."
    )
