"""The committed manifest, mapping and scope hold together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_bugs.manifest import HERE, choose, load_rows, load_rule_classes, load_scope, rules_naming

SCOPE = HERE / "scope_first_families.toml"


def test_every_class_of_the_manifest_is_named_by_a_rule() -> None:
    classes = load_rule_classes()
    assert [row.id for row in load_rows() if not rules_naming(row.label, classes)] == []


def test_the_manifest_has_the_documented_size() -> None:
    rows = load_rows()
    assert len(rows) == len({row.id for row in rows}) == 230
    assert len(choose(rows)) == 204
    assert len({row.repo for row in rows}) == 102


def test_parts_split_by_repository() -> None:
    rows = choose(load_rows())
    parts = {part: choose(rows, part=part) for part in ("working", "blind")}
    assert len(parts["working"]) + len(parts["blind"]) == len(rows)
    assert not {row.repo for row in parts["working"]} & {row.repo for row in parts["blind"]}


def test_the_scope_excludes_what_needs_later_rules() -> None:
    scope = load_scope(SCOPE, load_rule_classes())
    assert "missing-zero-grad" in scope
    assert not scope & {"dataloader", "rnn-misuse", "softmax-dim"}
    assert len(choose(load_rows(), scope=scope)) == 92


def test_filters_combine() -> None:
    rows = load_rows()
    assert [row.id for row in choose(rows, ids=frozenset({"T001", "T009"}), classes=frozenset({"missing-zero-grad"}))] == ["T001", "T009"]
    assert choose(rows, ids=frozenset({"T001"}), classes=frozenset({"dtype"})) == []


def test_an_unknown_rule_in_a_scope_is_named(tmp_path: Path) -> None:
    (tmp_path / "scope.toml").write_text('rules = ["NN999"]\nexcluded_classes = []\n')
    with pytest.raises(ValueError, match="unknown rules: NN999"):
        load_scope(tmp_path / "scope.toml", load_rule_classes())
