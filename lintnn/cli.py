"""The command line: commands, options, exit codes. The only module that knows click."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from lintnn import __version__
from lintnn.config.errors import UsageError, did_you_mean
from lintnn.config.settings import (
    OUTPUT_FORMATS,
    Options,
    Settings,
    SettingsFile,
    common_folder,
    find_settings,
    project_root,
    read_settings,
    resolve,
    shown_path,
)
from lintnn.report.terminal import Palette, visible, wants_colour, width_of

if TYPE_CHECKING:
    from lintnn.config.rulebook import Rule, Rulebook
    from lintnn.engine import Result
    from lintnn.findings import Finding

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
_INTERNAL_ERROR = "NN009"

F = TypeVar("F", bound=Callable[..., Any])


def run(arguments: Sequence[str]) -> int:
    """Run a command line (without the program's name) and return the exit code."""
    _prepare_streams()
    try:
        outcome = main.main(list(arguments), prog_name="lintnn", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else CLEAN
    except UsageError as error:
        return _fail(str(error))
    except click.ClickException as error:
        return _fail(error.format_message(), _usage_hint(error))
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the reader has seen enough; click says so in its own way
        _silence()
        return CLEAN
    except OSError as error:
        return _cannot_write(error)


def _prepare_streams() -> None:
    """Characters that the encoding lacks are escaped; a stream that was closed before the start goes nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  # lives as long as the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _silence() -> None:
    """What is still in the buffer of standard output must not fail a second time when Python ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _cannot_write(error: OSError) -> int:
    """The disk is full, a folder has gone: nothing that a traceback would explain better."""
    _silence()
    where = f"{error.filename}: " if error.filename else ""
    return _fail(f"{where}{error.strerror or error}")


def _fail(message: str, hint: str = "") -> int:
    _complain(message)
    sys.stderr.write(hint)
    return FAILED


def _complain(message: str, kind: str = "error") -> None:
    palette = Palette(wants_colour(sys.stderr))
    sys.stderr.write(f"{palette.paint(kind, kind)}: {message}\n")


def _usage_hint(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"Try `{context.command_path} --help`.\n" if context else ""


class DefaultCommand(click.Group):
    """A group that runs ``check`` when the first argument names no command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, "--help", "-h", "--version", "-V"}:
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("lintnn", "[check] [OPTIONS] PATH...")
        formatter.write_usage("lintnn", "COMMAND [OPTIONS] ...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        check = self.commands["check"]
        records = [record for parameter in check.get_params(ctx) if (record := parameter.get_help_record(ctx))]
        with formatter.section("Options of check"):
            formatter.write_dl(records)
        with formatter.section("Other options"):
            formatter.write_dl([record for parameter in self.params if (record := parameter.get_help_record(ctx))])


@click.group(cls=DefaultCommand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="lintnn %(version)s")
def main() -> None:
    """Find the bugs that make a PyTorch model train badly, silently or not at all, without running it."""


class _NamedPath(click.Path):
    """A path that is not empty: an empty one, out of a shell variable that is not set, would mean the current folder."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        if value == "":
            self.fail("a path is empty", parameter, context)
        return super().convert(value, parameter, context)


def _settings_options(function: F) -> F:
    """The options that say which files are read, which rules are on and where settings come from."""
    options = [
        click.argument("paths", nargs=-1, type=_NamedPath(path_type=Path, allow_dash=True, readable=False)),
        click.option(
            "--select", multiple=True, metavar="RULES", help="Only these rules: codes, prefixes, names, families or ALL, with commas."
        ),
        click.option("--extend-select", multiple=True, metavar="RULES", help="These rules as well."),
        click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules; the more specific of select and ignore wins."),
        click.option("--exclude", multiple=True, metavar="PATTERNS", help="Paths to leave out, instead of those left out by default."),
        click.option("--extend-exclude", multiple=True, metavar="PATTERNS", help="Paths to leave out as well."),
        click.option("--force-exclude", is_flag=True, default=None, help="Leave excluded paths out even when they are named."),
        click.option(
            "--respect-gitignore/--no-respect-gitignore", default=None, help="Whether to leave out what git ignores (default: yes)."
        ),
        click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), metavar="FORMAT", help=f"One of {', '.join(OUTPUT_FORMATS)}."),
        click.option(
            "--config", type=click.Path(path_type=Path), metavar="FILE", help="The settings file, instead of the nearest one upward."
        ),
        click.option("--isolated", is_flag=True, help="Read no settings file."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
        click.option("--cache-dir", metavar="FOLDER", help="Where the cache lies (default: the user's cache folder)."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@main.command(short_help="Check files and folders (the default command).")
@_settings_options
@click.option("--processes", type=click.IntRange(min=0), default=0, metavar="NUMBER", help="Processes to use (default: 0, one per core).")
@click.option("--stdin-filename", metavar="PATH", help="The path that the text on standard input stands for; with `-` as PATH.")
@click.option("--statistics", is_flag=True, help="Show how many findings each rule has, instead of the findings.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Whether to use colours (default: auto).")
@click.option(
    "-v", "--verbose", is_flag=True, help="Say on standard error what was read, how long each phase took and which functions were too long."
)
def check(
    paths: tuple[Path, ...],
    processes: int,
    stdin_filename: str | None,
    statistics: bool,
    exit_zero: bool,
    color: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Check files and folders; without PATHS the current folder. `-` reads standard input.

    Exit code: 0 if nothing was found, 1 if something was, 2 if the command line, the settings or lintnn itself failed.
    """
    if stdin_filename is not None:
        if any(path != Path("-") for path in paths):
            raise UsageError("--stdin-filename: names the text on standard input and cannot be combined with paths")
        paths = (Path("-"),)
    paths = paths or (Path(),)
    from_stdin = Path("-") in paths
    if from_stdin and len(paths) > 1:
        raise UsageError("`-` cannot be combined with other paths")
    start = common_folder([Path(stdin_filename or "stdin.py")] if from_stdin else list(paths))
    settings, book = _effective(start, options)
    text = _standard_input(stdin_filename) if from_stdin else None

    from lintnn.engine import Request
    from lintnn.report import reporter, statistics_reporter

    request = Request(
        root=project_root(start),
        paths=[] if from_stdin else list(paths),
        settings=settings,
        processes=processes,
        stdin=text,
        stdin_filename=stdin_filename or "stdin.py" if from_stdin else None,
    )
    result = _analysed(request)
    for error in result.errors:
        _complain(visible(error) + _command_hint(error, paths))
    if verbose:
        sys.stderr.write(_phases(result))
    write = (statistics_reporter if statistics else reporter)(settings.output_format)
    try:
        _write(write(result.findings, _report_context(result, request, book, settings, color)))
    except BrokenPipeError:  # what was found was found, however much of it was read
        _silence()
    return _exit_code(result.findings, result.errors, exit_zero)


def _standard_input(name: str | None) -> bytes:
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    text: bytes = sys.stdin.buffer.read()
    if name is None and _looks_like_notebook(text):
        raise UsageError("the text on standard input is a notebook; say so with `--stdin-filename NAME.ipynb`")
    return text


def _looks_like_notebook(text: bytes) -> bool:
    if not (text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"cells"' in text):
        return False
    try:
        document = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(document, dict) and "cells" in document


def _analysed(request: Any) -> Result:
    from lintnn import engine
    from lintnn.report.progress import ProgressBar

    bar = ProgressBar(sys.stderr)
    try:
        return engine.run(request, bar.update)
    finally:
        bar.close()


def _effective(start: Path, given: dict[str, Any]) -> tuple[Settings, Rulebook]:
    from lintnn.checks import rulebook
    from lintnn.config.selectors import Selection, check_selectors, split_words

    words = {name: split_words(given[name]) for name in ("select", "extend_select", "ignore", "exclude", "extend_exclude")}
    for name, found in words.items():
        if given[name] and not found:
            raise UsageError(f"--{name.replace('_', '-')}: names nothing")
    command = Options(
        select=words["select"] or None,
        extend_select=words["extend_select"],
        ignore=words["ignore"],
        exclude=words["exclude"] or None,
        extend_exclude=words["extend_exclude"],
        force_exclude=given["force_exclude"],
        respect_gitignore=given["respect_gitignore"],
        output_format=given["output_format"],
        cache=False if given["no_cache"] else None,
        cache_dir=given["cache_dir"],
    )
    file = _settings_file(start, given)
    if file:
        check_selectors(file.options, rulebook(), shown_path(file.path))
    check_selectors(command, rulebook(), "")
    settings = resolve(file, command, project_root(start))
    for warning in Selection(settings, rulebook()).without_effect():
        _complain(warning, "warning")
    return settings, rulebook()


def _settings_file(start: Path, given: dict[str, Any]) -> SettingsFile | None:
    path: Path | None = given["config"]
    if path is None:
        return None if given["isolated"] else find_settings(start)
    if given["isolated"]:
        raise UsageError("--config and --isolated exclude each other")
    if not path.is_file():
        raise UsageError(f"--config: {path.as_posix()}: no such file")
    file = read_settings(path.absolute())
    if file is None:
        raise UsageError(f"--config: {path.as_posix()}: has no table [tool.lintnn]")
    return file


def _report_context(result: Result, request: Any, book: Rulebook, settings: Settings, color: str) -> Any:
    from lintnn.report import FOR_PEOPLE
    from lintnn.report.context import ReportContext
    from lintnn.report.sources import Sources

    coloured = settings.output_format in FOR_PEOPLE and (color == "always" or (color == "auto" and wants_colour(sys.stdout)))
    given = {} if request.stdin is None else dict.fromkeys(_names(request.stdin_filename), request.stdin)
    return ReportContext(
        rulebook=book,
        version=__version__,
        files=result.files,
        errors=tuple(result.errors),
        cut=len(result.cut),
        sources=Sources(given),
        palette=Palette(coloured),
        width=width_of(sys.stdout),
    )


def _names(path: str) -> set[str]:
    """The spellings under which a report may name a path."""
    return {path, shown_path(Path(os.path.abspath(path)))}  # noqa: PTH100  # no symlink is resolved


def _write(pieces: Iterable[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)
    sys.stdout.flush()


def _exit_code(findings: Sequence[Finding], errors: Sequence[str], exit_zero: bool) -> int:
    if errors or any(finding.code == _INTERNAL_ERROR for finding in findings):
        return FAILED
    return FOUND if findings and not exit_zero else CLEAN


def _command_hint(error: str, paths: Sequence[Path]) -> str:
    """A path that does not exist may have been meant as a command."""
    first = paths[0].as_posix()
    return did_you_mean(first, main.commands) if "/" not in first and error.startswith(f"{first}: no such") else ""


def _phases(result: Result) -> str:
    lines = [f"{result.files} files, {result.parsed} parsed, {result.lines} lines"]
    lines += [f"{phase:>12} {seconds:8.3f} s" for phase, seconds in result.seconds.items()]
    lines += [f"too long to be followed to the end: {visible(name)}" for name in result.cut]
    return "\n".join(lines) + "\n"


@main.command(short_help="Show the page of a rule, or the rules of a family.")
@click.argument("rule")
@click.option("--all", "whole", is_flag=True, help="The whole page, with every example and the proof.")
@click.option("--markdown", is_flag=True, help="The page as it is written.")
def explain(rule: str, whole: bool, markdown: bool) -> None:
    """Show the page of RULE (a code or a name): what it finds, why that matters, and what to write instead. Of a family, the list of
    its rules."""
    from lintnn.checks import rulebook
    from lintnn.config.selectors import codes_of

    facts = rulebook().get(rule)
    if facts is not None:
        _explain_rule(facts, whole, markdown)
        return
    codes = codes_of(rule, rulebook())
    if not codes:
        raise UsageError(f"unknown rule `{rule}`{rulebook().suggestion(rule)}; `lintnn rules` lists them all")
    if whole or markdown:
        raise UsageError(f"`{rule}` is not one rule; --all and --markdown show the page of one")
    listed = [found for found in rulebook() if found.code in codes]
    _write(_rule_table(listed, Palette(wants_colour(sys.stdout)), width_of(sys.stdout)))
    sys.stdout.write(f"Learn more about a rule: lintnn explain {listed[0].code}\n")


def _explain_rule(facts: Rule, whole: bool, markdown: bool) -> None:
    from lintnn import explain as pages

    page = pages.page_text(facts)
    if page is None:
        raise UsageError(f"the page of {facts.code} is missing from this installation")
    if markdown:
        sys.stdout.write(page)
        return
    parts = list(pages.parts(page))
    shown = parts if whole else list(pages.shortened(parts, facts.code))
    text = pages.render(shown, width_of(sys.stdout), Palette(wants_colour(sys.stdout)))
    sys.stdout.write(text)


@main.command(short_help="List the rules.")
@click.argument("selectors", nargs=-1)
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="text (default) or json.")
def rules(selectors: tuple[str, ...], output_format: str) -> None:
    """List all rules, or those that SELECTORS (codes, prefixes, names, families) name."""
    from lintnn.checks import rulebook
    from lintnn.config.selectors import parse_selector, split_words

    words = split_words(selectors)
    codes = frozenset[str]().union(*(parse_selector(word, rulebook()).codes for word in words))
    listed = [rule for rule in rulebook() if not words or rule.code in codes]
    if output_format == "json":
        sys.stdout.write(json.dumps([_rule_object(rule) for rule in listed], indent=2) + "\n")
    else:
        _write(_rule_table(listed, Palette(wants_colour(sys.stdout)), width_of(sys.stdout)))


def _rule_object(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family.value,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "tier": rule.tier,
        "needs": rule.needs.name.lower(),
        "fix": rule.fix.value,
        "summary": rule.summary,
    }


def _rule_table(listed: Sequence[Rule], palette: Palette, width: int) -> Iterable[str]:
    from lintnn.report.terminal import plural, wrap

    widest = max((len(rule.name) for rule in listed), default=0)
    indent = 14 + widest
    family = None
    for rule in listed:
        if rule.family is not family:
            yield ("\n" if family else "") + palette.paint(f"{rule.family.heading} ({rule.family}, {rule.family.prefix})", "bold") + "\n"
            family = rule.family
        first, *rest = wrap(rule.summary, max(30, width - indent))
        yield f"  {palette.paint(rule.code, rule.severity)}  {rule.tier}  {rule.name:<{widest}}  {palette.prose(first)}\n"
        for line in rest:
            yield " " * indent + palette.prose(line) + "\n"
    default = sum(rule.tier == 1 for rule in listed)
    yield f"\n{plural(len(listed), 'rule')}, {default} of tier 1 (on by default); the others are on when selected.\n"


@main.command(short_help="Show the settings that hold for a path.")
@_settings_options
def config(paths: tuple[Path, ...], **options: Any) -> None:
    """Show the settings that a check of PATHS would use, where they come from, and the rules that are on."""
    from lintnn.config.selectors import Selection

    start = common_folder(list(paths or (Path(),)))
    settings, book = _effective(start, options)
    file = _settings_file(start, options)
    shown = msgspec.to_builtins(settings, enc_hook=str)
    lines = [f"# settings file: {shown_path(file.path) if file else 'none'}", f"# project root: {shown_path(project_root(start))}"]
    lines += [f"{key.replace('_', '-')} = {json.dumps(value)}" for key, value in shown.items() if key != "folder" and value is not None]
    selection = Selection(settings, book)
    lines += [f"# rules that are on: {', '.join(sorted(selection.codes)) or 'none'}"]
    sys.stdout.write("\n".join(lines) + "\n")
