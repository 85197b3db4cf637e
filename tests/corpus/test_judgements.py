"""The comparison of a run with the stored lists."""

from __future__ import annotations

from pathlib import Path

from tests.bench.process import JsonFinding, Position, RelatedFinding
from tests.corpus import show
from tests.corpus.judgements import Judgement, Verdict, Where, compare, counts, differences, load_expected, message_hash, store_expected
from tests.corpus.packages import choose_packages, load_packages


def finding(line: int, code: str = "NN101", message: str = "said") -> JsonFinding:
    return JsonFinding(code, "a.py", Position(line, 1), message)


def judgement(line: int, verdict: Verdict = Verdict.TRUE, message: str = "said") -> Judgement:
    return Judgement("p", "a.py", line, "NN101", verdict, "why", message_hash(message))


def test_a_finding_without_judgement_is_unjudged() -> None:
    assert compare({"p": [finding(3)]}, []).unjudged == (Where("p", "a.py", 3, "NN101"),)


def test_findings_about_the_analyser_itself_need_no_judgement() -> None:
    assert compare({"p": [finding(3, "NN001")]}, []).unjudged == ()


def test_a_judged_finding_that_is_gone_has_disappeared() -> None:
    assert compare({"p": []}, [judgement(3)]).disappeared == (judgement(3),)


def test_judgements_of_packages_that_did_not_run_are_left_alone() -> None:
    assert compare({"q": []}, [judgement(3)]).disappeared == ()


def test_a_changed_message_asks_for_another_look() -> None:
    result = compare({"p": [finding(3, message="says more")]}, [judgement(3)])
    assert result.reworded == (judgement(3),)
    assert result.unjudged == ()


def test_verdicts_are_counted_by_rule() -> None:
    result = compare({"p": [finding(3), finding(9), finding(12)]}, [judgement(3), judgement(9, Verdict.FALSE)])
    assert result.verdicts == {"NN101": {"true": 1, "false": 1}}


def test_counts_that_changed_are_named(tmp_path: Path) -> None:
    stored = tmp_path / "expected.json"
    store_expected({"p": {"NN101": 2}, "other": {"NN301": 1}}, stored)
    store_expected({"p": {"NN101": 1, "NN103": 1}}, stored)
    assert load_expected(stored) == {"other": {"NN301": 1}, "p": {"NN101": 1, "NN103": 1}}
    actual = counts({"p": [finding(1), finding(2)]})
    assert differences(load_expected(stored), actual) == ["p NN101: expected 1, found 2", "p NN103: expected 1, found 0"]


def test_the_pins_have_their_documented_totals() -> None:
    packages = load_packages()
    core = choose_packages(packages, tier="core")
    assert (len(packages), sum(package.py_files for package in packages)) == (33, 10023)
    assert (len(core), sum(package.py_files for package in core)) == (31, 6058)
    assert [package.name for package in choose_packages(packages, names=frozenset({"timm"}))] == ["timm"]


def test_a_shown_finding_carries_its_source(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("".join(f"row{number}\n" for number in range(1, 30)))
    found = JsonFinding("NN101", "a.py", Position(10, 1), "said", related=(RelatedFinding("a.py", Position(20, 1), "cleared here"),))
    shown = list(show.lines(tmp_path, "p", found, around=1))
    assert shown == [
        "=== p NN101 [high] a.py:10",
        "said",
        "      9 row9",
        ">    10 row10",
        "     11 row11",
        "--- a.py:20: cleared here",
        "     19 row19",
        ">    20 row20",
        "     21 row21",
    ]


def test_a_sample_is_stable_and_ordered() -> None:
    findings = [("p", finding(line)) for line in range(100)]
    assert show.sample(findings, 10) == show.sample(findings, 10)
    assert show.sample(findings, 200) == findings
