"""What models answer with, shape by shape: the rule itself, and each through a whole life, from its submit to its webhook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorServer
from tests.support import Owner, basepool, eventually, running, serving

_SHAPES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "cases" / "outputs.json").read_text())


def _reads(text: str | None) -> Any:
    """A text that is JSON as its value: blanks and the order of names don't count."""
    if text is None or text[:1] not in "[{":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _extract(owner: Owner, output: Any) -> tuple[list[str] | None, str | None]:
    [row] = owner.rows(
        "select basepool._extract_output_urls(o), basepool._extract_output_text(o) from (values (%s)) as v (o)",
        Jsonb(output),
    )
    return row[0], row[1]


def test_each_shape_has_its_files_and_its_text(owner: Owner) -> None:
    for shape in _SHAPES:
        urls, text = _extract(owner, shape["output"])
        assert (urls, _reads(text)) == (shape["urls"], _reads(shape["text"])), shape["why"]


def test_each_shape_comes_to_the_app_with_a_webhook(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.configure(
        scripts={f"shapes/number-{number}": {"output": shape["output"]} for number, shape in enumerate(_SHAPES)}
    )
    for number in range(len(_SHAPES)):
        owner.submit(number, "a shape", f"shapes/number-{number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": len(_SHAPES)}, "every shape's end")
    for number, shape in enumerate(_SHAPES):
        [row] = owner.rows(
            "select output_urls, output_text, replicate_output -> 'output', error_message from public.generations"
            " where replicate_model = %s",
            f"shapes/number-{number}",
        )
        assert (row[0], _reads(row[1])) == (shape["urls"], _reads(shape["text"])), shape["why"]
        assert row[2:] == (shape["output"], None), shape["why"]
    assert replicate.stats()["charged_more_than_once"] == []


def test_a_result_that_was_removed_says_so(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """No webhook came, and by the time it is asked for it is gone: paid for, nothing to show, and never in silence."""
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    replicate.configure(scripts={"acme/forgetful": {"output": "https://x/1.png", "data_removed": True}})
    owner.submit(1, "a cat", "acme/forgetful")
    done = basepool("work", "--once", **glue_environment)
    assert done.returncode == 0, done.stderr
    assert owner.rows("select status, output_urls, output_text, error_message from public.generations") == [
        ("completed", None, None, owner.value("select removed_message from basepool.settings"))
    ]


_WORDS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
_FILES = st.integers(0, 5).map(lambda number: f"https://replicate.delivery/x/{number}.png")
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | _WORDS | _FILES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


def _files_in(output: Any) -> list[str]:
    """The rule once more, in another language: every file once, but no piece of a text."""
    if isinstance(output, str):
        return [output] if output.startswith("https://replicate.delivery/x/") else []
    if isinstance(output, list):
        strings = [each for each in output if each is not None]
        if all(isinstance(each, str) for each in strings) and not all(_files_in(each) for each in strings):
            return []
        return list(dict.fromkeys(url for each in output for url in _files_in(each)))
    if isinstance(output, dict):
        return list(dict.fromkeys(url for each in output.values() for url in _files_in(each)))
    return []


@pytest.mark.parametrize("wrapped", [False, True])
def test_no_shape_is_refused_and_no_file_is_missed(owner: Owner, wrapped: bool) -> None:
    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(output=_TREES)
    def holds(output: Any) -> None:
        output = {"data": [output]} if wrapped else output
        urls, text = _extract(owner, output)
        # the order of names is that of jsonb
        assert sorted(urls or []) == sorted(_files_in(output))
        if isinstance(output, str) and not urls:
            assert text == (output or None)
        if isinstance(output, list) and output and all(isinstance(each, str) for each in output) and not urls:
            assert text == ("".join(output) or None)

    holds()
