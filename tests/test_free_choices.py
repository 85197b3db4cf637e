"""How many free choices a guard stands for."""

from __future__ import annotations

import pytest

from lintnn.values.domain import Guard, excludes, free_choices


@pytest.mark.parametrize(
    ("guard", "count"),
    [
        ({("flag", True)}, 1),
        ({("flag", True), ("other", False)}, 2),
        ({("a.model=='mlp'", True), ("a.model=='cnn'", False), ("a.model=='rnn'", False)}, 1),
        ({("a.model=='cnn'", True), ("a.data=='mnist'", False)}, 2),
        ({("(a.data=='mnist'=True and a.model=='cnn'=True)", False), ("a.model=='mlp'", True)}, 1),
        ({("(p=True and q=True)", True), ("p", True), ("q", True)}, 2),
        ({("(p=False or q=False)", False), ("p", False), ("q", False)}, 2),
        ({("(p=False or q=False)", True), ("p", True)}, 1),
        ({("(p=True and q=True)", False), ("r", True)}, 2),
        ({("n==3", True), ("n==m", False)}, 2),
    ],
)
def test_what_follows_is_no_choice(guard: set[tuple[str, bool]], count: int) -> None:
    assert free_choices(Guard(guard)) == count


def test_one_value_has_one_constant() -> None:
    assert excludes("mode=='train'", "mode=='test'")
    assert not excludes("mode=='train'", "mode=='train'")
    assert not excludes("mode=='train'", "phase=='test'")
    assert not excludes("mode=='train'", "mode==other")
