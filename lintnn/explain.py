"""The pages of the rules: where they are, and how a terminal shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from lintnn.config.rulebook import Rule
from lintnn.report.terminal import Palette, plural, wrap

FACTS_START, FACTS_END = "<!-- facts -->", "<!-- /facts -->"

_PACKAGE = Path(__file__).resolve().parent
_FENCE = re.compile(r"^(`{3,})\s*(.*)$")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_MARK = re.compile(r"#\s*(?:error|missing|spurious)\b.*$")
_EMPHASIS = re.compile(r"\*\*([^*]+)\*\*|(?<![\w*])\*([^*\s][^*]*)\*(?!\w)")
_ITEM = re.compile(r"^(\s*(?:[-*]|\d+\.)\s+)(.*)$")
_SHORTENED = ("Bad", "Good")
_LEFT_OUT = ("Proof",)


def pages_folder() -> Path | None:
    """The folder of the pages: in an installed package beside the code, in a checkout next to the package."""
    for folder in (_PACKAGE / "_rules", _PACKAGE.parent / "rules"):
        if any(folder.glob("NN*.md")):
            return folder
    return None


def page_text(rule: Rule) -> str | None:
    """The page of a rule as Markdown."""
    folder = pages_folder()
    try:
        return (folder / rule.page_name).read_text(encoding="utf-8") if folder else None
    except FileNotFoundError:
        return None


def facts_line(rule: Rule) -> str:
    """The facts as one line of Markdown, as the page shows them between its markers."""
    default = "on by default" if rule.tier == 1 else "on when selected"
    return f"**{rule.family.heading}** · {rule.severity} · tier {rule.tier}, {default} · needs {rule.needs.name.lower()} · fix: {rule.fix}"


class Part(Struct):
    """A piece of a page: ``heading`` (with its level), ``code`` or ``prose`` (a paragraph, a list item, a row of a table)."""

    kind: str
    text: str
    level: int = 0


def parts(page: str) -> Iterator[Part]:
    """Split a page. Comments are left out; lines of a paragraph are joined."""
    paragraph: list[str] = []
    code: list[str] = []
    fence = ""
    for line in page.splitlines():
        if fence:
            if line.strip() == fence:
                yield Part("code", "\n".join(code))
                fence, code = "", []
            else:
                code.append(line)
            continue
        line = re.sub(r"<!--.*?-->", "", line)
        opening = _FENCE.match(line)
        starts_anew = opening or not line.strip() or line.startswith(("#", "|")) or _ITEM.match(line)
        if starts_anew and paragraph:
            yield Part("prose", " ".join(paragraph))
            paragraph = []
        if opening:
            fence = opening[1]
        elif line.startswith("#"):
            marks, _, title = line.partition(" ")
            yield Part("heading", title, len(marks))
        elif line.startswith("|"):
            yield Part("code", line)
        elif line.strip():
            paragraph.append(line.rstrip() if _ITEM.match(line) else line.strip())
    if paragraph:
        yield Part("prose", " ".join(paragraph))


def shortened(page: Sequence[Part], code: str) -> Iterator[Part]:
    """The page with one example of each kind and without its proof; a last line says what was left out."""
    section, examples, dropped, skipping = "", 0, 0, False
    also = " and the proof" if any(part.text in _LEFT_OUT for part in page if part.kind == "heading") else ""
    for part in page:
        if part.kind == "heading" and part.level <= 2:
            section, examples, skipping = part.text, 0, part.text in _LEFT_OUT
        elif section in _SHORTENED:
            if examples and part.kind == "code":
                dropped += 1
            skipping = examples > 0
            examples += part.kind == "code"
        if not skipping:
            yield part
    if dropped or also:
        yield Part("prose", f"{plural(dropped, 'more example')}{also}: `lintnn explain {code} --all`")


def render(page: Sequence[Part], width: int, palette: Palette) -> str:
    """A page as a terminal shows it."""
    blocks = []
    for part in page:
        match part.kind:
            case "heading":
                blocks.append(_heading(part, palette))
            case "code":
                blocks.append("\n".join(_code_line(line, palette) for line in part.text.splitlines()))
            case _:
                blocks.append(_prose(part.text, min(width, 100), palette))
    return _joined(blocks, page) + "\n"


def _heading(part: Part, palette: Palette) -> str:
    if part.level == 1:
        return f"{palette.paint(part.text, 'bold')}\n{palette.paint('═' * len(part.text), 'frame')}"
    return palette.paint(part.text.upper() if part.level == 2 else part.text, "bold" if part.level == 2 else "trail")


def _code_line(line: str, palette: Palette) -> str:
    mark = _MARK.search(line)
    if not mark:
        return f"    {line}".rstrip()
    return f"    {line[: mark.start()]}{palette.paint(mark[0], 'error')}"


def _prose(text: str, width: int, palette: Palette) -> str:
    text = _EMPHASIS.sub(lambda found: found[1] or found[2], _LINK.sub(_link, text))
    item = _ITEM.match(text)
    opening, rest = (item[1], item[2]) if item else ("", text)
    lines = wrap(rest, width - len(opening)) or [""]
    return "\n".join((opening if index == 0 else " " * len(opening)) + palette.prose(line) for index, line in enumerate(lines))


def _link(found: re.Match[str]) -> str:
    label, target = found[1], found[2]
    return label if not target.startswith("http") or label == target else f"{label} <{target}>"


def _joined(blocks: Sequence[str], page: Sequence[Part]) -> str:
    """Blocks with an empty line between them, but none between the items of a list or the rows of a table."""
    pieces = list(blocks[:1])
    for before, after, block in zip(page, page[1:], blocks[1:], strict=False):
        close = _is_row(before) and _is_row(after)
        pieces.append(("\n" if close else "\n\n") + block)
    return "".join(pieces)


def _is_row(part: Part) -> bool:
    return part.text.startswith("|") or (part.kind == "prose" and _ITEM.match(part.text) is not None)
