"""Tables fit whatever width there is: what is short stays whole, and nothing is lost."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from basepool.cli.show import Table, one_line, table

_ID = "5a1b0c4e-0000-4000-8000-000000000001"


def _printed(made: Table, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, markup=False, emoji=False).print(made)
    return out.getvalue().splitlines()


def _example() -> Table:
    made = table("try", "generation", "state", "prediction", "error", right=("try",))
    made.add_row("1", _ID, "rejected", "-", "Replicate said that the input is not one that this model can have")
    made.add_row("12", _ID, "running", "q7x9c0m2nhrma0crx4ht3k7bvw", "-")
    return made


def test_where_there_is_room_each_row_is_a_line() -> None:
    lines = _printed(_example(), 170)
    assert lines[0].split() == ["try", "generation", "state", "prediction", "error"]
    assert lines[2].startswith(f"  1  {_ID}  rejected  -")
    assert lines[3].startswith(f" 12  {_ID}  running   q7x9c0m2nhrma0crx4ht3k7bvw  -")
    assert len(lines) == 5


def test_texts_are_wrapped_first() -> None:
    lines = _printed(_example(), 120)
    assert lines[0].split() == ["try", "generation", "state", "prediction", "error"]
    assert lines[2].endswith("Replicate said that the input is not")
    assert lines[3].startswith(" " * 80)


def test_then_what_does_not_fit_goes_under_its_row() -> None:
    assert _printed(_example(), 60) == [
        "try  generation                            state",
        "─" * 51,
        f"  1  {_ID}  rejected",
        "    error: Replicate said that the input is not one that",
        "      this model can have",
        f" 12  {_ID}  running",
        "    prediction: q7x9c0m2nhrma0crx4ht3k7bvw",
        "",
    ]


def test_without_headings() -> None:
    made = table("", "")
    made.show_header = False
    made.add_row("user", _ID)
    made.add_row("error", "one\ntwo")
    assert _printed(made, 60) == [f"user   {_ID}", "error  one", "       two", ""]


def test_an_empty_table_has_its_headings() -> None:
    assert _printed(table("token", "account"), 80)[0].split() == ["token", "account"]


@pytest.mark.parametrize("evil", ["[red]x[/red]", "a\x1b[31mb", "r8_0123456789abcdef", "x\u202ey", ":smile:"])
def test_text_of_others_is_only_text(evil: str) -> None:
    made = table("name")
    made.add_row(evil)
    said = "\n".join(_printed(made, 80))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "0123456789" not in said
    if evil.startswith(("[", ":")):
        assert evil in said


_cells = st.one_of(
    st.text(st.characters(categories=("L", "P", "N", "Zs")), max_size=120),
    st.sampled_from([_ID, "-", "", "token.with.dots", "一二三四五六七八九十" * 3, "two\nlines"]),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    headings=st.lists(
        st.sampled_from(["token", "account", "in flight", "what followed", "error"]), min_size=1, max_size=9
    ),
    rows=st.lists(st.lists(_cells, min_size=9, max_size=9), max_size=4),
    width=st.integers(60, 200),
)
def test_no_line_is_longer_and_no_id_is_broken(headings: list[str], rows: list[list[str]], width: int) -> None:
    made = table(*headings, right=("token",))
    for row in rows:
        made.add_row(*row[: len(headings)])
    lines = _printed(made, width)
    assert [line for line in lines if cell_len(line) > width] == []
    said = "\n".join(lines)
    ids = sum(cell.count(_ID) for row in rows for cell in row[: len(headings)] if cell == _ID)
    assert said.count(_ID) >= ids
    # what is shown at all has its heading
    for number, heading in enumerate(headings):
        if any(row[number].strip() not in ("", "-") for row in rows):
            assert heading in said
    letters = sorted(each for row in rows for cell in row[: len(headings)] for each in cell if each.isalpha())
    shown = sorted(each for each in said if each.isalpha())
    for letter in set(letters):
        assert shown.count(letter) >= letters.count(letter)


def test_one_line_is_one_line() -> None:
    assert one_line("a\n\tb  c\x07") == "a b c?"
