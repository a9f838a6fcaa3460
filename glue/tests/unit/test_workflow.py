"""The workflow of the public host types what the README says, on every Debian and Python that the README promises."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml  # type: ignore[import-untyped]

from dev.devserver import PROJECT

_FILE = PROJECT / ".github" / "workflows" / "test.yml"
_WORKFLOW: dict[Any, Any] = yaml.safe_load(_FILE.read_text())
_JOB = _WORKFLOW["jobs"]["test"]


def test_it_calls_the_commands_of_the_readme_and_no_other() -> None:
    [section] = re.findall(r"^## Two commands\n(.*?)^## ", (PROJECT / "README.md").read_text(), re.M | re.S)
    commands = re.findall(r"^\$ (make [\w -]+)$", section, re.M)
    assert commands == ["make demo", "make test"]
    runs = [line.strip() for step in _JOB["steps"] for line in step.get("run", "").splitlines()]
    assert [line for line in runs if line.startswith("make ")] == commands


def test_it_covers_each_debian_with_its_postgres_and_each_python() -> None:
    matrix = _JOB["strategy"]["matrix"]
    postgres = {row["suite"]: row["postgres"] for row in matrix["include"]}
    assert postgres == {"bookworm": 15, "trixie": 17, "forky": 18}
    assert sorted(matrix["suite"]) == sorted(postgres)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    lowest, above = (int(part) for part in re.findall(r"3\.(\d+)", project["requires-python"]))
    assert matrix["python"] == [f"3.{minor}" for minor in range(lowest, above)]
    assert "exclude" not in matrix
    assert not _JOB["strategy"]["fail-fast"]


def test_it_asks_for_what_the_matrix_says_and_looks_whether_it_got_it() -> None:
    text = _FILE.read_text()
    assert _JOB["container"]["image"] == "debian:${{ matrix.suite }}"
    known = {f"matrix.{name}" for name in ("suite", "python", "postgres")}
    assert set(re.findall(r"\$\{\{ ([\w.]+) \}\}", text)) == known | {"github.workflow", "github.ref"}
    checks = next(step["run"] for step in _JOB["steps"] if "It ran on" in step.get("name", ""))
    assert "matrix.postgres" in checks
    assert "matrix.python" in checks


def test_what_it_uses_is_pinned_and_may_only_read() -> None:
    used = [step["uses"] for step in _JOB["steps"] if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name)] == []
    assert _WORKFLOW["permissions"] == {"contents": "read"}
    # one that runs with our secrets on a stranger's code would be another matter
    assert set(_WORKFLOW[True]) == {"push", "pull_request"}
