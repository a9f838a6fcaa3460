"""Rules of the repository that a reader relies on: files are named after what they hold, Python calls functions only, and the
documentation knows everything there is."""

from __future__ import annotations

import ast
import re
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import click
import pytest

from basepool.cli import cli
from basepool.config import Settings
from basepool.errors import BY_CODE, BasepoolError
from basepool.work.jobs import GLUE_JOBS
from dev.devserver import PROJECT, DevServer
from dev.reference import REFERENCE, describe
from tests.support import Owner

_FUNCTIONS = sorted((PROJECT / "db" / "functions").glob("*/*.sql"))
_README = (PROJECT / "README.md").read_text()
_ERRORS = (PROJECT / "docs" / "errors.md").read_text()


def _sources() -> list[Path]:
    """What may run at a user's, but for the simulator: it has no database."""
    package = PROJECT / "glue" / "basepool"
    return [file for file in package.rglob("*.py") if "simulator" not in file.relative_to(package).parts]


@pytest.mark.parametrize("file", _FUNCTIONS, ids=lambda file: file.stem)
def test_a_function_has_a_file_of_its_name(file: Path) -> None:
    text = file.read_text()
    assert re.findall(r"^create or replace function (?:basepool|public)\.(\w+)\(", text, re.M) == [file.stem]
    assert text.startswith("-- ")
    assert re.search(r"^set search_path = ''$|^begin atomic$", text, re.M)
    assert re.search(rf"^comment on function (basepool|public)\.{file.stem}\(", text, re.M)


def test_a_name_is_there_once() -> None:
    names = [file.stem for file in _FUNCTIONS]
    assert sorted(set(names)) == sorted(names)


def test_tests_mirror_functions() -> None:
    """A folder per stage, and in it one per function, or per rule that no single function keeps."""
    places = {(file.parent.name, file.stem) for file in _FUNCTIONS}
    rules = {("submit", "plain_insert"), ("settle", "on_generation_settled"), ("shared", "row_level_security")}
    tested = {(folder.parent.name, folder.name) for folder in (PROJECT / "db" / "tests").glob("*/*") if folder.is_dir()}
    assert tested <= places | rules
    assert {(stage, name) for stage, name in places if not name.startswith("_")} <= tested


def test_the_functions_readme_knows_every_stage_and_names_files_that_exist() -> None:
    folder = PROJECT / "db" / "functions"
    text = (folder / "README.md").read_text()
    stages = re.findall(r"^\| `([a-z]+)` \|", text, re.M)
    assert stages == [
        "submit",
        "claim",
        "answer",
        "recover",
        "settle",
        "keep",
        "tokens",
        "operate",
        "watch",
        "page",
        "shared",
    ]
    assert sorted(stages) == sorted(path.name for path in folder.iterdir() if path.is_dir())
    named = re.findall(r"`([\w./-]+\.sql)`", text)
    assert len(named) > len(stages)
    assert [name for name in named if not (folder / name).is_file()] == []
    for question in ("the limit per user", "the choice of the token", "what a 429 does", "what ends a stuck one"):
        assert re.search(rf"^\| {question} \| .*`[\w./-]+\.sql`", text, re.M), question


def test_a_function_file_locks_no_table() -> None:
    pattern = re.compile(r"^(create|alter|drop)\s+(or replace\s+)?(trigger|table|index|policy)\b", re.I | re.M)
    assert [file.name for file in _FUNCTIONS if pattern.search(file.read_text())] == []


def test_python_calls_functions_and_touches_no_table() -> None:
    pattern = re.compile(
        r"insert\s+into\s|delete\s+from\s|update\s+(public|basepool)\.|from\s+(public|basepool)\.\w+[^\w(]", re.I
    )
    imports = re.compile(r"^\s*from basepool[.\w]* import ", re.M)
    found = [
        f"{file.name}: {match[0]}"
        for file in _sources()
        for match in pattern.finditer(imports.sub("", file.read_text()))
    ]
    # the ledger of the migrations is the one thing that must exist before any function does
    assert [line for line in found if not line.startswith(("migrate.py", "paste.py"))] == []


def _imports() -> dict[str, set[str]]:
    """Which module imports which, of basepool and dev, wherever in its file."""
    glue = PROJECT / "glue"
    files = [*(glue / "basepool").rglob("*.py"), *(glue / "dev").rglob("*.py")]
    names = {".".join(file.relative_to(glue).with_suffix("").parts).removesuffix(".__init__"): file for file in files}
    found: dict[str, set[str]] = {}
    for name, file in names.items():
        said = [
            (node.module or "", [alias.name for alias in node.names])
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        targets = {f"{module}.{one}" if f"{module}.{one}" in names else module for module, ones in said for one in ones}
        found[name] = {target for target in targets if target.split(".")[0] in {"basepool", "dev", "tests"}} - {name}
    return found


def test_imports_lead_from_dev_to_basepool_and_never_in_a_circle() -> None:
    imports = _imports()
    assert [name for name, targets in imports.items() if any(target.startswith("tests") for target in targets)] == []
    packaged = {name: targets for name, targets in imports.items() if name.startswith("basepool")}
    assert [name for name, targets in packaged.items() if any(target.startswith("dev") for target in targets)] == []
    # raises CycleError, which names the circle
    assert set(TopologicalSorter(imports).static_order()) >= set(imports)


def test_the_glue_runs_the_jobs_that_the_table_says_it_does(owner: Owner) -> None:
    assert owner.rows("select name from basepool.jobs where runs_in = 'glue' order by 1") == [
        (name,) for name in sorted(GLUE_JOBS)
    ]


def test_the_docs_have_the_table_of_jobs(owner: Owner) -> None:
    jobs = owner.rows("select name, coalesce('`' || schedule || '`', 'by the glue'), does from basepool.jobs")
    text = (PROJECT / "docs" / "operations.md").read_text()
    [section] = re.findall(r"^## Jobs\n(.*?)^## ", text, re.M | re.S)
    written = re.findall(r"^\| `([\w-]+)` \| (.+?) \| (.+) \|$", section, re.M)
    assert sorted(written) == sorted(jobs)


def test_every_sqlstate_of_ours_has_its_exception_and_its_line_in_the_docs() -> None:
    raised: dict[str, set[str]] = {}
    for file in _FUNCTIONS:
        for code in re.findall(r"errcode = '([A-Z0-9]{5})'", file.read_text()):
            raised.setdefault(code, set()).add(file.stem)
    assert set(raised) <= set(BY_CODE)
    rows = re.findall(r"^\| `(\w{5})` \| (.*) \| (.*) \| `(\w+)` \| (.*) \|$", _ERRORS, re.M)
    assert {code: kind for code, _, _, kind, _ in rows} == {code: kind.__name__ for code, kind in BY_CODE.items()}
    for code, meaning, by, _, remedy in rows:
        kind = BY_CODE[code]
        assert remedy == kind.default_hint, code
        if kind is not BasepoolError:
            assert meaning == (kind.__doc__ or "").strip(), code
        if code in raised:
            assert set(re.findall(r"`(\w+)`", by)) == raised[code], code


def test_every_variable_is_in_the_readme() -> None:
    rows = "".join(line for line in _README.splitlines() if line.startswith("| `"))
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in rows] == []


def test_every_command_is_in_the_readme() -> None:
    for name, command in cli.commands.items():
        assert f"`{name}" in _README, name
        for below in command.commands if isinstance(command, click.Group) else ():
            assert re.search(rf"`{name} [\w|]*\b{below}\b", _README), f"{name} {below}"


def test_every_public_function_is_in_the_readme() -> None:
    public = [file.stem for file in _FUNCTIONS if "create or replace function public." in file.read_text()]
    assert len(public) >= 4
    assert [name for name in public if f"`public.{name}(" not in _README] == []


def test_every_dependency_is_explained_in_the_readme() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w.-]+", text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]]
    assert [name[0] for name in names if name and f"`{name[0]}" not in _README] == []


def test_the_reference_is_what_the_database_says_of_itself(server: DevServer, template: str) -> None:
    assert REFERENCE.read_text() == describe(server.url(dbname=template)), (
        "run make reference and look at the difference"
    )


def _documents() -> list[Path]:
    return [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"), *(PROJECT / "db").rglob("*.md")]


def test_files_that_the_docs_name_exist() -> None:
    for document in _documents():
        text = document.read_text()
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
        for path in re.findall(r"`((?:bench|db|docker|docs|glue|scripts)/[\w./-]+)`", text):
            if document.name != "CHANGELOG.md":
                assert (PROJECT / path).exists(), f"{document.name}: {path}"


def test_every_target_of_make_is_in_contributing() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (PROJECT / "Makefile").read_text(), re.M)
    text = (PROJECT / "CONTRIBUTING.md").read_text() + _README
    assert len(targets) > 10
    assert [name for name in targets if name not in {"help", "clean"} and f"make {name}" not in text] == []
