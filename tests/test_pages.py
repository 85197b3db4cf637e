"""Every page of a rule is a test: its examples give exactly the marked reports, its proofs hold under torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lintnn.checks import rulebook
from lintnn.config.rulebook import Family
from lintnn.testing import Page, PageError, Proof, check_page, parse_page, read_page, run_proofs

PAGES = sorted((Path(__file__).resolve().parent.parent / "rules").glob("NN*.md"))
SECTIONS = ["Why it matters", "Bad", "Good", "Proof", "Limits", "References"]


@pytest.fixture(scope="session")
def proof_problems(request: pytest.FixtureRequest) -> Mapping[tuple[str, int], str]:
    """The results of the proofs that this run asks for; torch is imported once for all of them."""
    paths = {
        item.callspec.params["path"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_proofs"
    }
    return run_proofs([proof for path in sorted(paths) for proof in read_page(path).proofs])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    check_page(read_page(path))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_proofs(path: Path, proof_problems: Mapping[tuple[str, int], str]) -> None:
    problems = {row: problem for (page, row), problem in proof_problems.items() if page == path.name and problem}
    assert not problems, "\n".join(f"proof at line {row}:\n{problem}" for row, problem in problems.items())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_have_all_their_parts(path: Path) -> None:
    page = read_page(path)
    family = next(family for family in Family if page.code.startswith(family.prefix))
    expected = [section for section in SECTIONS if section != "Proof" or family is not Family.ANALYSER]
    assert list(page.sections) == expected
    assert path.name == f"{page.code}-{page.name}.md"
    assert page.proofs or family is Family.ANALYSER
    assert all(mark.kind != "error" or example.section != "Good" for example in page.examples for mark in example.marks)
    known = {rule.name for rule in rulebook()}
    unknown = {mark.rule for example in page.examples for mark in example.marks} - known
    assert not unknown, f"marks name rules that do not exist: {sorted(unknown)}"


def page_of(body: str) -> Page:
    return parse_page(f"# some-rule (NN399)\n{body}", Path("NN399-some-rule.md"))


def test_marks_are_read_and_taken_out_of_the_code() -> None:
    page = page_of(
        "## Bad\n```py\na = 1\nb = f(a)  # lintnn: ignore[NN301]  # error # error: [other-rule]\nc = 2  # (B, T)  # missing: later\n```\n"
    )
    [example] = page.examples
    assert example.files == {"example.py": "a = 1\nb = f(a)  # lintnn: ignore[NN301]\nc = 2  # (B, T)\n"}
    assert [(mark.row, mark.rule, mark.kind, mark.page_row) for mark in example.marks] == [
        (2, "some-rule", "error", 5),
        (2, "other-rule", "error", 5),
        (3, "some-rule", "missing", 6),
    ]


def test_one_mark_may_name_several_rules() -> None:
    page = page_of("## Bad\n```py\nf()  # error: [some-rule, other-rule]\n```\n")
    assert {mark.rule for mark in page.examples[0].marks} == {"some-rule", "other-rule"}


def test_files_under_one_heading_form_one_example() -> None:
    page = page_of("## Bad\n### Two files\n```py file=model.py\na = 1\n```\nand\n```py file=lib/train.py\nb = 2\n```\n```py\nc = 3\n```\n")
    assert [sorted(example.files) for example in page.examples] == [["lib/train.py", "model.py"], ["example.py"]]


def test_a_repeated_file_name_or_another_heading_starts_a_new_example() -> None:
    one, two = "```py file=model.py\na = 1\n```\n", "```py file=train.py\nb = 2\n```\n"
    page = page_of(f"## Bad\n{one}{two}{one}### More\n{two}## Good\n{two}")
    assert [sorted(example.files) for example in page.examples] == [["model.py", "train.py"], ["model.py"], ["train.py"], ["train.py"]]
    assert [(example.section, example.heading) for example in page.examples[1:]] == [("Bad", ""), ("Bad", "More"), ("Good", "")]


def test_proofs_and_other_blocks_are_no_examples() -> None:
    page = page_of("## Proof\n```py proof\nassert True\n```\n## Limits\n```toml\nselect = []\n```\n```\n# error\n```\n")
    assert page.examples == ()
    assert [proof.source for proof in page.proofs] == ["assert True\n"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("```py\nf()  # missing:\n```\n", "NN399-some-rule.md:3: `# missing:` must say why"),
        ("```py\nf()  # error: [\n```\n", "NN399-some-rule.md:3: write `# error` or"),
        ("```py\nf()\n", "NN399-some-rule.md: the last block of code is not closed"),
    ],
)
def test_pages_that_cannot_be_understood_are_refused(body: str, message: str) -> None:
    with pytest.raises(PageError) as refusal:
        page_of(body)
    assert str(refusal.value).startswith(message)


def test_a_page_without_a_title_is_refused() -> None:
    with pytest.raises(PageError, match="title"):
        parse_page("Hello\n", Path("x.md"))


def test_a_failing_proof_shows_its_line_and_does_not_stop_the_others() -> None:
    proofs = [
        Proof("one.md", 10, "import torch\nassert torch.ones(1).item() == 2.0\n"),
        Proof("two.md", 3, "import torch\nprint('noise')\nassert torch.get_default_dtype() is torch.float32\n"),
        Proof("three.md", 7, "raise SystemExit(3)\n"),
    ]
    results = run_proofs(proofs)
    assert results["two.md", 3] == ""
    assert 'File "one.md (proof)", line 11' in results["one.md", 10]
    assert "torch.ones(1).item() == 2.0" in results["one.md", 10]
    assert "SystemExit: 3" in results["three.md", 7]


def test_a_proof_that_kills_the_process_is_named() -> None:
    results = run_proofs([Proof("one.md", 1, "import os\nos._exit(7)\n"), Proof("two.md", 1, "assert True\n")])
    assert "ended with code 7" in results["one.md", 1]
    assert "no result" in results["two.md", 1]
