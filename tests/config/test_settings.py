"""Settings files: where they are found, what they may say, and how mistakes are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintnn.config.errors import UsageError
from lintnn.config.settings import (
    DEFAULT_EXCLUDE,
    Options,
    Settings,
    SettingsFile,
    common_folder,
    find_settings,
    project_root,
    resolve,
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def options_of(tree: Path, text: str, name: str = "lintnn.toml") -> Options:
    write(tree / name, text)
    found = find_settings(tree)
    assert found is not None
    return found.options


def refusal(tree: Path, text: str, name: str = "lintnn.toml") -> str:
    write(tree / name, text)
    with pytest.raises(UsageError) as refused:
        find_settings(tree)
    return str(refused.value)


def test_every_key_is_read(tree: Path) -> None:
    options = options_of(
        tree,
        """
        select = ["NN3", "training"]
        extend-select = ["NN402"]
        ignore = ["NN302"]
        exclude = ["vendored"]
        extend-exclude = ["*_pb2.py"]
        force-exclude = true
        respect-gitignore = false
        output-format = "json-lines"
        cache = false
        cache-dir = "tmp"

        [per-file-ignores]
        "tests/*" = ["NN101", "modes"]
        """,
    )
    assert options == Options(
        select=("NN3", "training"),
        extend_select=("NN402",),
        ignore=("NN302",),
        exclude=("vendored",),
        extend_exclude=("*_pb2.py",),
        force_exclude=True,
        respect_gitignore=False,
        output_format="json-lines",
        cache=False,
        cache_dir="tmp",
        per_file_ignores={"tests/*": ("NN101", "modes")},
    )


def test_the_table_of_pyproject_is_read(tree: Path) -> None:
    assert options_of(tree, '[project]\nname = "x"\n[tool.lintnn]\nignore = ["NN1"]\n', "pyproject.toml").ignore == ("NN1",)


def test_the_nearest_file_wins_and_a_pyproject_without_the_table_does_not_stop_the_search(tree: Path) -> None:
    write(tree / "pyproject.toml", '[tool.lintnn]\nignore = ["NN1"]\n')
    write(tree / "sub/pyproject.toml", "[project]\n")
    write(tree / "sub/deep/lintnn.toml", 'ignore = ["NN2"]\n')
    middle, deep = find_settings(tree / "sub"), find_settings(tree / "sub/deep/x.py")
    assert middle is not None
    assert middle.path == tree / "pyproject.toml"
    assert deep is not None
    assert deep.options.ignore == ("NN2",)


def test_lintnn_toml_comes_before_pyproject(tree: Path) -> None:
    write(tree / "pyproject.toml", '[tool.lintnn]\nignore = ["NN1"]\n')
    assert options_of(tree, 'ignore = ["NN2"]\n').ignore == ("NN2",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ingore = []", "lintnn.toml: unknown key `ingore` (did you mean `ignore`?)"),
        ("extend_select = []", "lintnn.toml: unknown key `extend_select` (did you mean `extend-select`?)"),
        ("qqq = 1", "lintnn.toml: unknown key `qqq`"),
        ('select = "NN1"', "lintnn.toml: key `select`: expected a list, got a string"),
        ("select = [1]", "lintnn.toml: key `select[0]`: expected a string, got an integer"),
        ("cache = 1", "lintnn.toml: key `cache`: expected true or false, got an integer"),
        ("per-file-ignores = []", "lintnn.toml: key `per-file-ignores`: expected a table, got a list"),
        ('[per-file-ignores]\n"a" = "NN1"', "lintnn.toml: key `per-file-ignores[...]`: expected a list, got a string"),
    ],
)
def test_mistakes_are_answered_with_file_and_key(tree: Path, text: str, message: str) -> None:
    assert refusal(tree, text) == message


def test_an_unknown_output_format_lists_the_known_ones(tree: Path) -> None:
    message = refusal(tree, 'output-format = "sariff"')
    assert message.startswith("lintnn.toml: key `output-format`: unknown value `sariff` (did you mean `sarif`?); known are full, concise")


def test_broken_files_are_named(tree: Path) -> None:
    assert refusal(tree, "select = [").startswith("lintnn.toml: not valid TOML: ")
    (tree / "lintnn.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"lintnn\.toml: not valid TOML"):
        find_settings(tree)


def test_the_table_has_to_be_one(tree: Path) -> None:
    assert refusal(tree, "[tool]\nlintnn = 3\n", "pyproject.toml") == "pyproject.toml: key `tool.lintnn`: expected a table"


def test_the_command_line_wins_over_the_file_and_the_file_over_the_defaults(tree: Path) -> None:
    said = Options(exclude=("a",), extend_exclude=("b",), output_format="json", respect_gitignore=False, cache_dir="tmp")
    file = SettingsFile(tree / "sub/lintnn.toml", said)
    settings = resolve(file, Options(extend_exclude=("c",), output_format="concise"), tree)
    assert settings == Settings(
        exclude=("a",),
        extend_exclude=("b", "c"),
        output_format="concise",
        respect_gitignore=False,
        cache_dir=str(tree / "sub/tmp"),
        folder=tree / "sub",
    )
    assert resolve(None, Options(), tree) == Settings(exclude=DEFAULT_EXCLUDE, folder=tree)


def test_select_on_the_command_line_starts_anew(tree: Path) -> None:
    file = SettingsFile(tree / "lintnn.toml", Options(select=("NN1",), extend_select=("NN402",), ignore=("NN101", "NN301")))
    anew = resolve(file, Options(select=("NN3",)), tree)
    assert (anew.select, anew.extend_select, anew.ignore) == (("NN3",), (), ())


def test_extend_select_and_ignore_on_the_command_line_add_to_the_file(tree: Path) -> None:
    file = SettingsFile(tree / "lintnn.toml", Options(extend_select=("NN402",), ignore=("NN101", "NN301")))
    more = resolve(file, Options(extend_select=("nn301",), ignore=("NN402", "NN105")), tree)
    assert (more.select, more.extend_select, more.ignore) == (None, ("nn301",), ("NN101", "NN402", "NN105"))


@pytest.mark.parametrize("marker", ["pyproject.toml", "lintnn.toml", "setup.py", "setup.cfg"])
def test_the_root_is_the_nearest_folder_with_a_marker(tree: Path, marker: str) -> None:
    write(tree / "outer/setup.py", "")
    write(tree / "outer/inner" / marker, "")
    write(tree / "outer/inner/src/pkg/x.py", "")
    assert project_root(tree / "outer/inner/src/pkg/x.py") == tree / "outer/inner"
    assert project_root(tree / "outer") == tree / "outer"


def test_without_a_marker_the_root_is_the_current_folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "a/b").mkdir(parents=True)
    (tree / "c").mkdir()
    assert project_root(tree / "a/b") == tree
    monkeypatch.chdir(tree / "c")
    assert project_root(tree / "a/b") == tree / "a/b"


def test_the_common_folder_of_paths(tree: Path) -> None:
    write(tree / "a/b/x.py", "")
    write(tree / "a/c/y.py", "")
    assert common_folder([tree / "a/b/x.py", tree / "a/c"]) == tree / "a"
    assert common_folder([tree / "a/b/x.py"]) == tree / "a/b"
    assert common_folder([]) == tree
