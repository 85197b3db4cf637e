"""The formats for people: what a reader sees, at any width, in any script, with anything in the source."""

from __future__ import annotations

import re

import msgspec
import pytest

from lintnn.findings import Finding, Related
from lintnn.report.terminal import display_width
from tests.report.conftest import CROSS_FILE, IN_NOTEBOOK, SEVERAL_LINES, Render, span


def test_full_shows_code_trail_reason_and_advice(render: Render) -> None:
    assert render("full", [CROSS_FILE]) == (
        "error[NN301] softmax-before-cross-entropy: `nn.CrossEntropyLoss` applies log-softmax itself, but its\n"
        "    input has been through `softmax`.\n"
        " --> train.py:7:22\n"
        "  |\n"
        "3 | criterion = nn.CrossEntropyLoss()\n"
        "  |             --------------------- 3. this loss expects raw scores\n"
        "4 | model = Net()\n"
        "5 | for images, labels in loader:\n"
        "6 |     outputs = model(images)\n"
        "  |               ------------- 2. the result becomes `outputs`\n"
        "7 |     loss = criterion(outputs, labels)\n"
        "  |                      ^^^^^^^\n"
        "8 |     loss.backward()\n"
        "  |\n"
        " ::: model.py:6:16\n"
        "  |\n"
        "6 |         return F.softmax(self.fc(x), dim=1)\n"
        "  |                ---------------------------- 1. `softmax` is applied here\n"
        "  |\n"
        "  = why: The loss cannot fall below 1.46.\n"
        "  = help: Return the raw scores.\n"
        "\n"
        "Found 1 error in 1 of 14 files.\n"
        "Learn more about a rule: lintnn explain NN301\n"
    )


def test_full_shows_cells_and_doubt(render: Render) -> None:
    text = render("full", [IN_NOTEBOOK])
    assert text.startswith("warning[NN503] discarded-tensor-result (medium confidence): The result of `float` is thrown away.\n")
    assert " --> nb.ipynb:cell 2:2:1\n" in text
    assert "1 | x = 1\n  | - `x` is made here\n2 | x.float()\n  | ^^^^^^^^^\n" in text


def test_a_range_over_several_lines_is_marked_on_its_first(render: Render) -> None:
    text = render("full", [SEVERAL_LINES])
    assert "5 | for images, labels in loader:\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" in text
    assert "= why" not in text
    assert "= help" not in text


def test_distant_lines_are_separated(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("long.py", 90, 1, 2), related=(Related(span("long.py", 2, 1, 2), "here"),))
    text = render("full", [finding], given={"long.py": b"x\n" * 100})
    assert " 2 | x\n   | - here\n...\n89 | x\n90 | x\n   | ^\n91 | x\n" in text


def test_a_step_at_the_primary_place_labels_it(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, related=(Related(CROSS_FILE.span, "raw scores belong here"),))
    assert "                      ^^^^^^^ raw scores belong here\n" in render("full", [finding])


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_nothing_is_wider_than_the_terminal(render: Render, width: int) -> None:
    lines = render("full", width=width).splitlines()
    assert [line for line in lines if display_width(line) > width] == []


def test_long_lines_are_cut_around_the_marker(render: Render) -> None:
    source = "x = [" + "1, " * 400 + "BUG, " + "2, " * 400 + "]"
    column = source.index("BUG") + 1
    finding = msgspec.structs.replace(CROSS_FILE, span=span("wide.py", 1, column, column + 3), related=())
    lines = render("full", [finding], width=80, given={"wide.py": source.encode()}).splitlines()
    code, marker = next((line, lines[index + 1]) for index, line in enumerate(lines) if line.startswith("1 |"))
    assert code[marker.index("^") : marker.index("^") + 3] == "BUG"
    assert marker.count("^") == 3
    assert code.count("…") == 2
    assert len(code) <= 80


def test_a_minified_file_is_shown_at_once(render: Render) -> None:
    source = b"y = 1;" * 2_000_000
    finding = msgspec.structs.replace(CROSS_FILE, span=span("huge.py", 1, 11_000_001, 11_000_004), related=())
    assert "^^^" in render("full", [finding], given={"huge.py": source})


@pytest.mark.parametrize(
    ("source", "column", "end", "offset"),
    [
        ("模型 = 损失(x)", 6, 8, 7),
        ("\tx = y", 2, 3, 4),
        ("a\tx = y", 3, 4, 4),
        ("e\u0301 = x", 6, 7, 4),
        ("s = '😀'; x", 10, 11, 10),
    ],
)
def test_markers_stand_under_wide_narrow_and_tabbed_text(render: Render, source: str, column: int, end: int, offset: int) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("wide.py", 1, column, end), related=())
    lines = render("full", [finding], given={"wide.py": source.encode()}).splitlines()
    marker = next(line for line in lines if "^" in line)
    assert marker.index("^") - len("  | ") == offset
    assert marker.count("^") == display_width(source[column - 1 : end - 1])


@pytest.mark.parametrize("name", ["full", "concise", "grouped"])
def test_what_would_steer_a_terminal_is_made_visible(render: Render, name: str) -> None:
    evil = "\x1b[2Jx\x07\u202egnp\r"
    finding = msgspec.structs.replace(CROSS_FILE, message=evil, span=span(f"{evil}.py", 1, 1, 4), related=(), why=evil, advice=evil)
    text = render(name, [finding], given={f"{evil}.py": f"a{evil}b".encode()})
    assert not set("\x1b\x07\u202e\r") & set(text)
    assert "␛[2Jx" in text


@pytest.mark.parametrize("name", ["full", "concise", "grouped"])
def test_colours_change_nothing_but_colours(render: Render, name: str) -> None:
    coloured = render(name, colour=True)
    assert "\x1b[1;31merror[NN301]\x1b[0m" in coloured or "\x1b[1;31mNN301\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(name)


def test_a_file_that_cannot_be_shown_any_more_still_gives_its_places(render: Render) -> None:
    gone = msgspec.structs.replace(CROSS_FILE, span=span("gone.py", 7, 1, 2), related=(Related(span("gone.py", 3, 1, 2), "made here"),))
    text = render("full", [gone])
    assert " --> gone.py:7:1\n  |\n  | line 3: made here\n" in text
    assert "= help: Return the raw scores.\n" in text


@pytest.mark.parametrize("data", [b"\xff\xfe\x00x", b"# coding: nonsense\nx = 1\n", b"", b"x = 1"])
def test_undecodable_files_do_not_stop_a_report(render: Render, data: bytes) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("odd.py", 1, 1, 2), related=())
    assert " --> odd.py:1:1\n" in render("full", [finding], given={"odd.py": data})


def test_lines_end_as_python_ends_them(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("odd.py", 4, 1, 2), related=())
    assert "4 | d\n" in render("full", [finding], given={"odd.py": b"a\r\nb\rc\x0c\nd\n"})


def test_concise_is_one_line_each(render: Render) -> None:
    lines = render("concise", [CROSS_FILE, IN_NOTEBOOK]).splitlines()
    assert lines == [
        f"train.py:7:22: error[NN301] softmax-before-cross-entropy: {CROSS_FILE.message}",
        "nb.ipynb:cell 2:2:1: warning[NN503] discarded-tensor-result: The result of `float` is thrown away.",
        "Found 1 error and 1 warning in 2 of 14 files.",
    ]


def test_grouped_has_a_heading_for_each_file(render: Render) -> None:
    assert render("grouped", [IN_NOTEBOOK, CROSS_FILE], width=160) == (
        "nb.ipynb\n"
        "  cell 2:2:1 NN503 The result of `float` is thrown away. (discarded-tensor-result)\n"
        "\n"
        "train.py\n"
        f"  7:22 NN301 {CROSS_FILE.message} (softmax-before-cross-entropy)\n"
        "\n"
        "Found 1 error and 1 warning in 2 of 14 files.\n"
    )


@pytest.mark.parametrize(
    ("findings", "files", "summary"),
    [
        ([], 3, "All clear: no problems found in 3 files.\n"),
        ([], 1, "All clear: no problems found in 1 file.\n"),
        ([], 0, "No Python files or notebooks found.\n"),
        ([CROSS_FILE, CROSS_FILE], 1, "Found 2 errors in 1 file.\n"),
        ([IN_NOTEBOOK, SEVERAL_LINES, CROSS_FILE], 9, "Found 1 error, 1 warning and 1 note in 2 of 9 files.\n"),
    ],
)
@pytest.mark.parametrize("name", ["concise", "grouped", "full"])
def test_the_summary(render: Render, name: str, findings: list[Finding], files: int, summary: str) -> None:
    assert summary in render(name, findings, files=files)
