"""Code frames: the lines that a finding points at, with markers and the steps of its trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from msgspec import Struct

from lintnn.findings import Finding, Related, Span
from lintnn.report.context import ReportContext, place
from lintnn.report.terminal import Cells, display_width, visible, wrap

_LONGEST_LINE = 2000
_SMALL_GAP = 2


class Mark(Struct, frozen=True):
    """A range to point at, and what is said there. The primary place has no text, unless a step has the same range."""

    span: Span
    labels: tuple[str, ...]
    primary: bool


class Excerpt(Struct, frozen=True):
    """The marks in one file, or in one cell of a notebook."""

    marks: tuple[Mark, ...]

    @property
    def head(self) -> Span:
        """The place in the heading: the primary one, else the first in the file."""
        return next((mark.span for mark in self.marks if mark.primary), self.marks[0].span)


def excerpts(finding: Finding) -> list[Excerpt]:
    """The marks of a finding by file: that of the primary place first, then in the order of the trail."""
    by_file: dict[tuple[str, int | None], list[Mark]] = {}
    for mark in _marks(finding.span, finding.related):
        by_file.setdefault((mark.span.path, mark.span.cell), []).append(mark)
    return [Excerpt(tuple(sorted(marks, key=lambda mark: (mark.span.row, not mark.primary)))) for marks in by_file.values()]


def _marks(primary: Span, related: Sequence[Related]) -> Iterator[Mark]:
    labels: dict[Span, list[str]] = {primary: []}
    numbered = len(related) > 1
    for number, step in enumerate(related, 1):
        labels.setdefault(step.span, []).append(f"{number}. {step.message}" if numbered else step.message)
    for span, texts in labels.items():
        yield Mark(span, tuple(texts), span == primary)


class FramePainter:
    """Draws the excerpts of one finding with a common margin."""

    def __init__(self, finding: Finding, context: ReportContext) -> None:
        self.finding = finding
        self.context = context
        self.palette = context.palette
        self.excerpts = excerpts(finding)
        rows = [mark.span.row for excerpt in self.excerpts for mark in excerpt.marks]
        self.margin = len(str(max(rows) + 1))
        self.room = max(20, context.width - self.margin - 3)

    def lines(self) -> Iterator[str]:
        """All excerpts, each under the place it shows."""
        for index, excerpt in enumerate(self.excerpts):
            arrow = ":::" if index else "-->"
            yield f"{' ' * self.margin}{self._frame(arrow)} {self.palette.paint(visible(place(excerpt.head)), 'bold')}"
            yield from self._excerpt(excerpt)

    def notes(self, entries: Iterable[tuple[str, str, str]]) -> Iterator[str]:
        """``= help: …`` lines below the frames: title, text and style of each."""
        for title, text, style in entries:
            indent = " " * (self.margin + 1)
            first, *rest = wrap(visible(text), self.context.width - self.margin - len(title) - 5) or [""]
            yield f"{indent}{self._frame('=')} {self.palette.paint(title + ':', style)} {self.palette.prose(first)}"
            for line in rest:
                yield f"{indent}{' ' * (len(title) + 4)}{self.palette.prose(line)}"

    def _excerpt(self, excerpt: Excerpt) -> Iterator[str]:
        yield self._margin_line("")
        shown: int | None = None
        for row in self._rows(excerpt):
            if shown is not None and row > shown + 1:
                yield self._frame("...")
            shown = row
            marks = [mark for mark in excerpt.marks if mark.span.row == row]
            yield from self._row(excerpt.head, row, marks)
        yield self._margin_line("")

    def _rows(self, excerpt: Excerpt) -> list[int]:
        """The rows to show: marked ones, a line around the primary one, and small gaps between them."""
        marked = {mark.span.row for mark in excerpt.marks}
        around = {mark.span.row + step for mark in excerpt.marks if mark.primary for step in (-1, 1)}
        rows = sorted(marked | {row for row in around if (self._source(excerpt.head, row) or "").strip()})
        gaps = [range(first, second) for first, second in pairwise(rows) if second - first <= _SMALL_GAP + 1]
        return sorted({*rows, *chain.from_iterable(gaps)})

    def _row(self, head: Span, row: int, marks: Sequence[Mark]) -> Iterator[str]:
        source = self._source(head, row)
        if source is None:
            for mark in marks:
                yield from (self._margin_line(self.palette.paint(f"line {row}: {visible(label)}", "trail")) for label in mark.labels)
            return
        skipped = max(0, marks[0].span.column - _LONGEST_LINE // 2) if marks and len(source) > _LONGEST_LINE else 0
        cells = Cells(source[skipped : skipped + _LONGEST_LINE])
        first, last = self._window(cells, marks[0].span.column - 1 - skipped if marks else 0)
        text = cells.window(first, last)
        number = self._frame(f"{row:>{self.margin}} |")
        yield f"{number} {text}".rstrip() if marks else f"{number} {self.palette.paint(text, 'faint')}".rstrip()
        shift = (1 if first else 0) - first
        for mark in marks:
            yield from self._mark(mark, source, cells, skipped, shift)

    def _window(self, cells: Cells, index: int) -> tuple[int, int]:
        """The columns of a line that fit, chosen so that the marked character is among them."""
        if cells.width <= self.room:
            return 0, cells.width
        column = cells.column(index)
        if column < self.room * 2 // 3:
            return 0, self.room - 1
        first = column - self.room // 3
        return first, first + self.room - 2

    def _mark(self, mark: Mark, source: str, cells: Cells, skipped: int, shift: int) -> Iterator[str]:
        span = mark.span
        end = span.end_column - 1 if span.end_row == span.row else len(source.rstrip())
        start = max(0, cells.column(span.column - 1 - skipped) + shift)
        stop = min(self.room, cells.column(end - skipped) + shift)
        size = max(1, stop - start)
        style = str(self.finding.severity) if mark.primary else "trail"
        line = " " * start + self.palette.paint(("^" if mark.primary else "-") * size, style)
        labels = [visible(label) for label in mark.labels]
        if len(labels) == 1 and start + size + 1 + display_width(labels[0]) <= self.room:
            yield self._margin_line(f"{line} {self.palette.prose(labels[0], 'trail')}")
            return
        yield self._margin_line(line)
        indent = min(start, self.room // 2)
        for label in labels:
            for part in wrap(label, self.room - indent):
                yield self._margin_line(" " * indent + self.palette.prose(part, "trail"))

    def _source(self, head: Span, row: int) -> str | None:
        return self.context.sources.line(head.path, row, head.cell)

    def _margin_line(self, text: str) -> str:
        return f"{' ' * self.margin} {self._frame('|')} {text}".rstrip()

    def _frame(self, text: str) -> str:
        return self.palette.paint(text, "frame")
