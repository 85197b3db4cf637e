"""A program that is written otherwise but does the same gets the same findings: the same rules, each as often."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from lintnn.testing import Example, read_page
from tests.metamorphic.findings import Key, count_by_rule
from tests.metamorphic.transformations import TRANSFORMATIONS, Files

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted((PROJECT / "rules").glob("NN[1-9]*.md"))
KNOWN_FILE = Path(__file__).with_name("known.toml")
ORIGINAL = "original"


def known() -> dict[tuple[str, str, str], str]:
    """Differences that are known, with the reason: transformation, page and heading."""
    entries = tomllib.loads(KNOWN_FILE.read_text(encoding="utf-8")).get("known", [])
    assert all(set(entry) == {"transformation", "page", "heading", "reason"} and entry["reason"] for entry in entries)
    return {(entry["transformation"], entry["page"], entry["heading"]): entry["reason"] for entry in entries}


def is_python(files: Files) -> bool:
    return all(name.endswith(".py") and _compiles(text) for name, text in files.items())


def _compiles(text: str) -> bool:
    try:
        compile(text, "example", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def examples(page: Path) -> dict[str, Example]:
    """The Bad examples of a page, by heading, and by number where several stand under one."""
    bad = [example for example in read_page(page).examples if example.section == "Bad" and is_python(example.files)]
    headings = [example.heading for example in bad]
    return {f"{one.heading} {headings[:i].count(one.heading) + 1}".strip(): one for i, one in enumerate(bad)}


EXAMPLES = {page.stem: examples(page) for page in PAGES}


def folder_name(page: str, heading: str) -> str:
    return f"{page}_{list(EXAMPLES[page]).index(heading)}".replace("-", "_")


@pytest.fixture(scope="module")
def transformed() -> dict[tuple[str, str, str], dict[str, str]]:
    """The files after each transformation that has a hold on an example."""
    found = {}
    for page, by_heading in EXAMPLES.items():
        for heading, example in by_heading.items():
            for name, transformation in TRANSFORMATIONS.items():
                files = transformation(example.files)
                if files is not None:
                    assert is_python(files), f"{name} breaks {page}: {heading}"
                    found[name, page, heading] = files
    return found


@pytest.fixture(scope="module")
def counts(
    transformed: Mapping[tuple[str, str, str], Files], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[tuple[str, str, str], Counter[str]]:
    """The number of findings by rule, of the originals and of what was made of them."""
    cases = {(ORIGINAL, page, heading): one.files for page, by_heading in EXAMPLES.items() for heading, one in by_heading.items()}
    cases |= {key: dict(files) for key, files in transformed.items()}
    projects: dict[Key, Files] = {
        (name.replace("-", "_"), folder_name(page, heading)): files for (name, page, heading), files in cases.items()
    }
    found = count_by_rule(tmp_path_factory.mktemp("metamorphic"), projects)
    return {(name, page, heading): found[name.replace("-", "_"), folder_name(page, heading)] for name, page, heading in cases}


def differs(key: tuple[str, str, str], counts: Mapping[tuple[str, str, str], Counter[str]]) -> bool:
    return counts[key] != counts[(ORIGINAL, *key[1:])]


@pytest.mark.parametrize("page", list(EXAMPLES))
@pytest.mark.parametrize("transformation", list(TRANSFORMATIONS))
def test_same_findings(
    transformation: str, page: str, transformed: Mapping[tuple[str, str, str], Files], counts: Mapping[tuple[str, str, str], Counter[str]]
) -> None:
    expected = known()
    wrong = [
        f"{page}: {heading}: {dict(counts[ORIGINAL, page, heading])} becomes {dict(counts[transformation, page, heading])}\n"
        + "\n".join(f"--- {file}\n{text}" for file, text in transformed[transformation, page, heading].items())
        for heading in EXAMPLES[page]
        if (key := (transformation, page, heading)) in transformed and differs(key, counts) and key not in expected
    ]
    assert not wrong, "\n".join(wrong)


def test_known_differences_are_still_there(counts: Mapping[tuple[str, str, str], Counter[str]]) -> None:
    cured = [key for key in known() if key not in counts or not differs(key, counts)]
    assert cured == [], f"take them out of {KNOWN_FILE.name}"


def test_transformations_have_a_hold_on_most_examples(transformed: Mapping[tuple[str, str, str], Files]) -> None:
    total = sum(len(by_heading) for by_heading in EXAMPLES.values())
    share = {name: sum(key[0] == name for key in transformed) / total for name in TRANSFORMATIONS}
    floors = {"rename": 0.8, "extract": 0.5, "move": 0.4, "reorder": 0.35, "dead-code": 0.95}
    assert {name: share[name] >= floor for name, floor in floors.items()} == dict.fromkeys(floors, True), share


def test_most_originals_report(counts: Mapping[tuple[str, str, str], Counter[str]]) -> None:
    originals = [count for key, count in counts.items() if key[0] == ORIGINAL]
    assert sum(bool(count) for count in originals) >= 0.8 * len(originals)


BEFORE = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 2)

    def forward(self, x):
        y = self.fc(x)
        return y


def first(x, scale):
    net = Net(3)
    y = torch.softmax(net(x), dim=1)
    return y


def second(x):
    return first(x, scale=2)
"""


def test_renaming_keeps_names_that_others_use() -> None:
    renamed = TRANSFORMATIONS["rename"]({"x.py": BEFORE})
    assert renamed is not None
    assert "def first(x_2, scale):\n    net_2 = Net(3)\n    y_2 = torch.softmax(net_2(x_2), dim=1)\n    return y_2\n" in renamed["x.py"]
    assert "return first(x_2, scale=2)" in renamed["x.py"]
    assert "self.fc = nn.Linear(width_2, 2)" in renamed["x.py"]


def test_a_helper_gets_what_it_reads() -> None:
    extracted = TRANSFORMATIONS["extract"]({"x.py": BEFORE})
    assert extracted is not None
    assert "from torch import nn\ndef extracted_helper(net, x):\n    return torch.softmax(net(x), dim=1)\n" in extracted["x.py"]
    assert "    y = extracted_helper(net, x)\n" in extracted["x.py"]


def test_a_class_moves_with_its_imports() -> None:
    moved = TRANSFORMATIONS["move"]({"x.py": BEFORE})
    assert moved is not None
    assert list(moved) == ["moved_away.py", "x.py"]
    assert moved["moved_away.py"].startswith("import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):")
    assert "from moved_away import Net\n" in moved["x.py"]
    assert "class Net" not in moved["x.py"]


def test_definitions_are_turned_round() -> None:
    reordered = TRANSFORMATIONS["reorder"]({"x.py": BEFORE})
    assert reordered is not None
    assert reordered["x.py"].index("def second") < reordered["x.py"].index("def first")
    assert reordered["x.py"].index("def forward") < reordered["x.py"].index("def __init__")
