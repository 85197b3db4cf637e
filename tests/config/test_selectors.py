"""Which rules are on: words, their precedence, defaults, and per-file ignores."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintnn.config.errors import UsageError
from lintnn.config.rulebook import Family, Needs, Rule, Rulebook
from lintnn.config.selectors import Selection, check_selectors, parse_selector, split_words
from lintnn.config.settings import Options, Settings
from lintnn.findings import Confidence, FixKind, Severity


def rule(code: str, name: str, family: Family, confidence: Confidence = Confidence.HIGH) -> Rule:
    return Rule(code, name, family, Severity.ERROR, confidence, Needs.VALUES, FixKind.NONE, "Something is wrong.")


BOOK = Rulebook(
    [
        rule("NN001", "syntax-error", Family.ANALYSER),
        rule("NN009", "internal-error", Family.ANALYSER),
        rule("NN101", "missing-zero-grad", Family.TRAINING),
        rule("NN106", "unscaled-accumulation", Family.TRAINING, Confidence.MEDIUM),
        rule("NN301", "softmax-before-cross-entropy", Family.LOSSES),
        rule("NN302", "log-softmax-before-cross-entropy", Family.LOSSES, Confidence.LOW),
        rule("NN311", "kl-div-mean-reduction", Family.LOSSES, Confidence.MEDIUM),
    ]
)
ALWAYS = {"NN001", "NN009"}


def on(**settings: object) -> set[str]:
    return set(Selection(Settings(**settings), BOOK).codes) - ALWAYS  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("NN301", {"NN301"}),
        ("nn301", {"NN301"}),
        ("softmax-before-cross-entropy", {"NN301"}),
        ("NN30", {"NN301", "NN302"}),
        ("NN3", {"NN301", "NN302", "NN311"}),
        ("losses", {"NN301", "NN302", "NN311"}),
        ("Training", {"NN101", "NN106"}),
        ("all", {rule.code for rule in BOOK}),
    ],
)
def test_words_that_select(word: str, codes: set[str]) -> None:
    assert parse_selector(word, BOOK).codes == codes


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("NN999", "unknown rule `NN999` (did you mean `NN009`?)"),
        ("NN3001", "unknown rule `NN3001` (did you mean `NN301`?)"),
        ("missing-zerograd", "unknown rule `missing-zerograd` (did you mean `missing-zero-grad`?)"),
        ("loses", "unknown rule `loses` (did you mean `losses`?)"),
        ("E501", "unknown rule `E501`"),
        ("N", "unknown rule `N`"),
    ],
)
def test_words_that_select_nothing_are_refused_with_a_suggestion(word: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_selector(word, BOOK)
    assert str(refused.value) == message


def test_tier_one_is_on_by_default_at_full_confidence() -> None:
    selection = Selection(Settings(), BOOK)
    assert selection.codes == ALWAYS | {"NN101", "NN301"}
    assert selection.shows("NN101", Confidence.HIGH)
    assert not selection.shows("NN101", Confidence.MEDIUM)
    assert not selection.shows("NN106", Confidence.HIGH)


def test_a_selected_rule_shows_every_confidence() -> None:
    selection = Selection(Settings(select=("NN1",)), BOOK)
    assert selection.codes == ALWAYS | {"NN101", "NN106"}
    assert all(selection.shows("NN101", confidence) for confidence in Confidence)


def test_extend_select_adds_to_the_defaults() -> None:
    selection = Selection(Settings(extend_select=("NN311", "NN101")), BOOK)
    assert selection.codes == ALWAYS | {"NN101", "NN301", "NN311"}
    assert selection.shows("NN311", Confidence.MEDIUM)
    assert selection.shows("NN101", Confidence.LOW)
    assert not selection.shows("NN301", Confidence.MEDIUM)


def test_the_more_specific_word_wins_and_ignore_wins_ties() -> None:
    assert on(ignore=("NN3",)) == {"NN101"}
    assert on(select=("NN3",), ignore=("NN302",)) == {"NN301", "NN311"}
    assert on(select=("NN302",), ignore=("NN3",)) == {"NN302"}
    assert on(select=("ALL",), ignore=("losses",)) == {"NN101", "NN106"}
    assert on(select=("NN30",), ignore=("losses",)) == {"NN301", "NN302"}
    assert on(select=("NN301",), ignore=("softmax-before-cross-entropy",)) == set()
    assert on(select=("NN3",), ignore=("ALL",)) == {"NN301", "NN302", "NN311"}


def test_an_empty_selection_is_one() -> None:
    assert on(select=()) == set()


def test_reports_about_unread_input_stay_on_unless_they_are_ignored_themselves() -> None:
    assert {"NN001", "NN009"} <= Selection(Settings(select=("NN301",), ignore=("NN0",)), BOOK).codes
    assert "NN001" not in Selection(Settings(ignore=("NN001",)), BOOK).codes
    assert "NN009" not in Selection(Settings(select=("NN3",), ignore=("internal-error",)), BOOK).codes


def test_per_file_ignores_are_patterns_below_the_folder_of_the_settings() -> None:
    folder = Path("/project")
    settings = Settings(per_file_ignores={"tests/": ("NN1",), "*.ipynb": ("softmax-before-cross-entropy",)}, folder=folder)
    selection = Selection(settings, BOOK)
    assert selection.ignored_in(folder / "tests/deep/test_x.py") == {"NN101", "NN106"}
    assert selection.ignored_in(folder / "tests/a.ipynb") == {"NN101", "NN106", "NN301"}
    assert selection.ignored_in(folder / "src/x.py") == set()
    assert selection.ignored_in(Path("/elsewhere/tests/x.py")) == set()


@pytest.mark.parametrize(
    ("options", "origin", "message"),
    [
        (Options(select=("NN3", "NN999")), "", "--select: unknown rule `NN999` (did you mean `NN009`?)"),
        (Options(ignore=("lossess",)), "lintnn.toml", "lintnn.toml: key `ignore`: unknown rule `lossess` (did you mean `losses`?)"),
        (Options(extend_select=("x",)), "", "--extend-select: unknown rule `x`"),
        (Options(per_file_ignores={"a/*": ("x",)}), "p.toml", 'p.toml: key `per-file-ignores."a/*"`: unknown rule `x`'),
    ],
)
def test_unknown_rules_are_refused_with_their_place(options: Options, origin: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_selectors(options, BOOK, origin)
    assert str(refused.value) == message


def test_words_are_separated_by_commas_and_may_be_repeated() -> None:
    assert split_words(["NN1, NN2", "losses,"]) == ("NN1", "NN2", "losses")
