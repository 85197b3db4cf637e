"""Which rules are on: codes, prefixes, names, families and ``ALL``, for the whole run and per file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from lintnn.config.errors import UsageError
from lintnn.config.rulebook import Family, Rulebook
from lintnn.config.settings import Options, Settings
from lintnn.findings import Confidence

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

ALWAYS_ON = frozenset({"NN001", "NN009"})
"""Rules about input that could not be analysed: on unless they are ignored by code or name."""

EVERYTHING = "ALL"
_WHOLE_RULE = 100


class Selector(Struct, frozen=True):
    """The rules that one word selects; of two words the more ``specific`` one decides about a rule."""

    word: str
    codes: frozenset[str]
    specific: int


def parse_selector(word: str, rulebook: Rulebook) -> Selector:
    """Understand one word. Raises :class:`UsageError` if it selects nothing."""
    if word.upper() == EVERYTHING:
        return Selector(word, frozenset(rule.code for rule in rulebook), 0)
    if rule := rulebook.get(word):
        return Selector(word, frozenset({rule.code}), _WHOLE_RULE)
    if word.casefold() in set(Family):
        family = Family(word.casefold())
        return Selector(word, frozenset(rule.code for rule in rulebook if rule.family is family), len(family.prefix))
    prefix = word.upper()
    codes = frozenset(rule.code for rule in rulebook if rule.code.startswith(prefix)) if prefix.startswith("NN") else frozenset()
    if not codes:
        raise UsageError(f"unknown rule `{word}`{rulebook.suggestion(word)}")
    return Selector(word, codes, len(prefix))


def codes_of(word: str, rulebook: Rulebook) -> frozenset[str]:
    """The rules that a word selects; none if it selects nothing."""
    try:
        return parse_selector(word, rulebook).codes if word else frozenset()
    except UsageError:
        return frozenset()


def check_selectors(options: Options, rulebook: Rulebook, origin: str) -> None:
    """Refuse words that select nothing. ``origin`` says where they stand: the path of a file, or ``""`` for the command line."""
    named = {"select": options.select or (), "extend-select": options.extend_select, "ignore": options.ignore}
    for pattern, ignored in options.per_file_ignores.items():
        named[f"per-file-ignores.{_quoted(pattern)}"] = ignored
    for key, words in named.items():
        for word in words:
            try:
                parse_selector(word, rulebook)
            except UsageError as error:
                place = f"{origin}: key `{key}`" if origin else f"--{key}"
                raise UsageError(f"{place}: {error}") from None


class Selection:
    """The answer for one run: which reports are shown, in which files."""

    def __init__(self, settings: Settings, rulebook: Rulebook) -> None:
        selected = [parse_selector(word, rulebook) for word in (settings.select or ())]
        extended = [parse_selector(word, rulebook) for word in settings.extend_select]
        ignored = [parse_selector(word, rulebook) for word in settings.ignore]
        base = frozenset() if settings.select is not None else frozenset(rule.code for rule in rulebook if rule.tier == 1)
        chosen, default = set(), set()
        for code in (rule.code for rule in rulebook):
            positive = max(_strength(code, selected), _strength(code, extended))
            negative = _strength(code, ignored)
            if positive > negative:
                chosen.add(code)
            elif (negative < 0 and code in base) or (code in ALWAYS_ON and negative < _WHOLE_RULE):
                default.add(code)
        self.chosen = frozenset(chosen)
        """Rules that were asked for: shown at every confidence."""
        self.default = frozenset(default)
        """Rules that are on by themselves: shown at full confidence."""
        self._said = (*selected, *extended)
        self._per_file = [
            (_pattern(pattern), frozenset[str]().union(*(parse_selector(word, rulebook).codes for word in words)))
            for pattern, words in settings.per_file_ignores.items()
        ]
        self._folder = settings.folder

    @property
    def codes(self) -> frozenset[str]:
        """All rules that are on."""
        return self.chosen | self.default

    def without_effect(self) -> Iterator[str]:
        """A sentence for each word that selects rules of which ``ignore`` leaves none."""
        for selector in dict.fromkeys(self._said):
            if not selector.codes & self.codes:
                yield f"`{selector.word}` is selected and ignored, so none of its rules is on"

    def shows(self, code: str, confidence: Confidence) -> bool:
        """Whether a report of this rule and confidence is shown."""
        return code in self.chosen or (code in self.default and confidence is Confidence.HIGH)

    def ignored_in(self, path: Path) -> frozenset[str]:
        """The rules that ``per-file-ignores`` turns off in this file (an absolute path)."""
        if not self._per_file or not path.is_relative_to(self._folder):
            return frozenset()
        relative = path.relative_to(self._folder).as_posix()
        return frozenset[str]().union(*(codes for spec, codes in self._per_file if spec.match_file(relative)))


def _strength(code: str, selectors: Iterable[Selector]) -> int:
    return max((selector.specific for selector in selectors if code in selector.codes), default=-1)


def _pattern(pattern: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern])


def _quoted(key: str) -> str:
    return f'"{key}"'


def split_words(values: Sequence[str]) -> tuple[str, ...]:
    """The words of options that may be repeated and may hold several words separated by commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())
