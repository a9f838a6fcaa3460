"""docs/reference.md leads each reader to what is his."""

from __future__ import annotations

import re

import pytest

from dev.devserver import PROJECT
from dev.reference import REFERENCE

_TEXT = REFERENCE.read_text(encoding="utf-8")
_HEADINGS = re.findall(r"^#+ (.+)$", _TEXT, re.M)
_FUNCTIONS = {file.stem: file.parent.name for file in (PROJECT / "db" / "functions").glob("*/*.sql")}


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _group(name: str) -> list[str]:
    """The functions under a heading."""
    [section] = re.findall(rf"^## Functions: {name}$(.*?)^## ", _TEXT, re.M | re.S)
    return re.findall(r"^### `\w+\.(\w+)`$", section, re.M)


def test_every_link_leads_to_a_heading_of_its_own() -> None:
    anchors = [_anchor(heading) for heading in _HEADINGS]
    assert sorted(set(anchors)) == sorted(anchors)
    links = re.findall(r"\]\(#([^)]+)\)", _TEXT)
    assert set(links) == set(anchors) - {"reference"}


@pytest.mark.parametrize("name", _FUNCTIONS)
def test_the_contents_have_one_line_of_each_function(name: str) -> None:
    [line] = re.findall(rf"^  - \[`\w+\.{name}`\]\(#\w+\) (.*)$", _TEXT, re.M)
    assert re.fullmatch(rf"\({_FUNCTIONS[name]}\): \S.*\.", line)


def test_each_group_holds_what_its_reader_calls() -> None:
    assert _group("app") == re.findall(r"^### `public\.(\w+)`$\n\n```sql", _TEXT, re.M)
    assert {"configure", "run_job", "add_token", "list_tokens", "get_status"} <= set(_group("operator"))
    assert {"claim_generations", "record_submitted", "apply_prediction"} <= set(_group("glue"))
    # these are called by nobody outside: functions of public call them with their caller's rights; owns is the app's
    others = {
        "is_active",
        "owns",
        "cancel_own_generation",
        "explain_own_generation",
        "get_own_changes",
        "get_own_output_urls",
    }
    assert set(_group("internal")) == {name for name in _FUNCTIONS if name.startswith("_")} | others
    shown = [name for group in ("app", "operator", "glue", "internal") for name in _group(group)]
    assert sorted(shown) == sorted(_FUNCTIONS)


def test_a_trigger_is_shown_with_its_table_its_time_and_its_function() -> None:
    assert ("- trigger `mark_settled`: `before update of status on public.generations for each row") in _TEXT
