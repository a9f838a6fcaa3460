"""What Replicate says, from any bytes to what Postgres stores: nothing else is lost, and what was replaced is said."""

from __future__ import annotations

import json
import math
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from basepool import documents, skim
from basepool.documents import MAX_DEPTH, REPLACED, Document, Unreadable
from dev.devserver import DevServer

_PRINTED = {"count", "in", "values"}


def _read(body: bytes | str) -> Document:
    return documents.read(body if isinstance(body, bytes) else body.encode())


def _what_was(document: Document) -> list[tuple[str, str]]:
    return [(note["at"], note["was"]) for note in document.get(REPLACED, {}).get("values", ())]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"a": 1, "b": [true, null, "x", 1.50], "c": {"d": {}}}',
        ' {"a":0.33333333333333333333}\n',
        '{"a": "\\ud83d\\ude00 \\n \\" \\\\ \\u00e9"}',
        '{"a": 1e308, "b": -1E-300, "c": 0e0, "d": 1E+2}'.replace("0e0", "0"),
        json.dumps({"a": ["[" * 500, {"b": "{" * 500}]}),
        '{"digits": ' + "9" * 300 + "}",
    ],
)
def test_what_can_be_stored_stays_as_it_was_written(text: str) -> None:
    document = _read(text)
    assert document.text == text
    assert document == json.loads(text)


@pytest.mark.parametrize(
    ("text", "value", "was"),
    [
        ('{"a": NaN}', {"a": None}, [("a", "NaN")]),
        (
            '{"a": [1, -Infinity, {"b": Infinity}]}',
            {"a": [1, None, {"b": None}]},
            [("a.1", "-Infinity"), ("a.2.b", "Infinity")],
        ),
        ('{"a": 1e5000, "b": -1e400}', {"a": None, "b": None}, [("a", "1e5000"), ("b", "-1e400")]),
        ('{"a": 1e-5000}', {"a": 0.0}, []),
        ('{"a": 0.' + "1" * 400 + "}", {"a": 0.1111111111111111}, []),
        ('{"a": "x\\u0000y"}', {"a": "x\ufffdy"}, [("a", "x\\u0000y")]),
        ('{"a": "x\\ud83d"}', {"a": "x\ufffd"}, [("a", "x\\ud83d")]),
        ('{"a": "\\ude00\\ud83d"}', {"a": "\ufffd\ufffd"}, [("a", "\\ude00\\ud83d")]),
        ('{"a": ["Hi ", "\\ud83d", "\\ude00"]}', {"a": ["Hi ", "\U0001f600", ""]}, [("a.1", "half a character")]),
        ('{"a": ["\\ud83d", 1, "\\ude00"]}', {"a": ["\ufffd", 1, "\ufffd"]}, [("a.0", "\\ud83d"), ("a.2", "\\ude00")]),
        ('{"a\\u0000": 1}', {"a\ufffd": 1}, [("", "a\\u0000")]),
        ('{"a": "x\ny\ty"}', {"a": "x\ny\ty"}, []),
        ('{"a": <b>, "c": 1}', {"a": None, "c": 1}, [("a", "<b>")]),
        ('{"a": [1, 2}, "c": 1}', {"a": None}, [("", "more after its end"), ("a", "[1, 2")]),
        ('{"a": 1, "b", "c": 2}', {"a": 1, "c": 2}, None),
        ('{"a": 1, "a": 2}', {"a": 2}, []),
        ('{"a": 1}{"b": 2}', {"a": 1}, [("", "more after its end")]),
        ('{"basepool_replaced": {"count": 5}, "a": 1}', {"a": 1}, [(REPLACED, "a member of that name")]),
        ("{'a': 1}", {}, [("", "'a'")]),
    ],
)
def test_what_can_not_be_stored_is_replaced(
    text: str, value: dict[str, Any], was: list[tuple[str, str]] | None
) -> None:
    document = _read(text)
    assert {key: each for key, each in document.items() if key != REPLACED} == value
    if was is not None:
        assert _what_was(document) == was
    assert json.loads(document.text) == document


def test_a_long_number_and_an_odd_byte() -> None:
    document = _read(b'{"a": ' + b"7" * 5001 + b', "b": "caf\xe9", "c": 1}')
    assert (document["a"], document["b"], document["c"]) == (None, "caf\ufffd", 1)
    assert document[REPLACED]["count"] == 2
    assert all(len(note["was"]) <= 60 for note in document[REPLACED]["values"])


@pytest.mark.parametrize("depth", [MAX_DEPTH, 1_500, 300_000])
def test_what_is_nested_too_deep_is_kept_as_text(depth: int) -> None:
    document = _read('{"a": ' + "[" * depth + '"x"' + "]" * depth + ', "b": 1}')
    assert document["b"] == 1
    inner = document["a"]
    for _ in range(MAX_DEPTH - 1):
        [inner] = inner
    assert inner == "[" * (depth - MAX_DEPTH + 1) + '"x"' + "]" * (depth - MAX_DEPTH + 1)
    assert _what_was(document)[0][1] == "nested too deep"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"null", "it is JSON, but no object: null"),
        (b"NaN", "it is JSON, but no object: NaN"),
        (b'["a"]', 'it is JSON, but no object: ["a"]'),
        (b"<html>{}</html>", "it is no JSON: <html>{}</html>"),
        (b"OK", "it is no JSON: OK"),
        (b'{"a": 1', "it ends in the middle"),
        (b'{"a": "x', "it ends in the middle"),
        (b"[" * 200_000, "it is no JSON: [[["),
        (b"{" * 200_000, "it ends in the middle"),
    ],
)
def test_what_is_no_object_is_said_to_be_none(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as raised:
        _read(body)
    assert str(raised.value).startswith(reason)
    assert len(str(raised.value)) < 120


def test_a_byte_order_mark_is_no_matter() -> None:
    assert _read(b'\xef\xbb\xbf{"a": 1}').text == '{"a": 1}'


def test_many_replacements_are_counted_and_some_are_shown() -> None:
    document = _read('{"output": [' + ",".join(["NaN"] * 1000) + "]}")
    assert document[REPLACED]["count"] == 1000
    assert document[REPLACED]["in"] == ["output"]
    assert len(document[REPLACED]["values"]) == 20
    assert document.keys() == {"output", REPLACED}
    assert document[REPLACED].keys() == _PRINTED


def test_what_says_that_it_was_replaced_has_no_control_characters() -> None:
    document = _read('{"a\\n\\u001b[31m": NaN, "b": <\x1b\x07>}')
    shown = json.dumps(document[REPLACED], ensure_ascii=False)
    assert shown.isprintable()


_odd_numbers = st.sampled_from(
    ["NaN", "Infinity", "-Infinity", "1e5000", "-1e999", "1e-999", "9" * 400, "0." + "3" * 999, "-0"]
)
_odd_texts = st.text(st.characters(categories=("L", "P", "Cs", "Cc", "S")), max_size=10)
_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=10),
        _odd_texts,
        st.sampled_from(["\x00", "\ud83d", "\ude00"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_odd_texts, inner, max_size=4)),
    max_leaves=20,
)


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    """An object as text, here and there spoilt."""
    text = json.dumps(draw(st.dictionaries(st.text(max_size=8), _json, max_size=6)), ensure_ascii=draw(st.booleans()))
    body = text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body)))
        body = (
            body[:place]
            + draw(st.one_of(st.binary(max_size=3), _odd_numbers.map(str.encode)))
            + body[place + draw(st.integers(0, 2)) :]
        )
    return body


def test_postgres_stores_whatever_is_read(server: DevServer) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:

        @settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(st.one_of(_bodies(), st.binary(max_size=60)))
        def stores(body: bytes) -> None:
            try:
                document = documents.read(body)
            except Unreadable:
                return
            [stored] = (
                connection.execute("select %s", (Jsonb(document, dumps=lambda each: each.text),)).fetchone() or ()
            )
            assert isinstance(stored, dict)
            try:
                plain = json.loads(body)
            except (ValueError, RecursionError):
                return
            # what was not replaced is there
            if REPLACED not in document and isinstance(plain, dict):
                assert _nearly(stored) == _nearly(plain)

        stores()


def _nearly(value: Any) -> Any:
    if isinstance(value, float | int) and not isinstance(value, bool):
        value = float(value)
        return None if math.isinf(value) or math.isnan(value) else round(value, 10) or 0.0
    if isinstance(value, list):
        return [_nearly(each) for each in value]
    if isinstance(value, dict):
        return {key: _nearly(each) for key, each in value.items()}
    return value


# taken apart


def _feed(scanner: skim.Object | skim.Page, body: bytes, step: int) -> None:
    for start in range(0, len(body), step):
        scanner.feed(body[start : start + step])


def _items(page: skim.Page) -> list[Document]:
    return [documents.item(members) for members in page.elements()]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    items=st.lists(st.dictionaries(st.text(max_size=8), _json, max_size=5), max_size=5),
    step=st.integers(1, 40),
    before=st.booleans(),
    indent=st.sampled_from([None, 2]),
)
def test_a_page_in_pieces_has_the_same_items(
    items: list[dict[str, Any]], step: int, before: bool, indent: int | None
) -> None:
    whole = {"next": "x", "results": items} if before else {"results": items, "next": "x"}
    text = json.dumps(whole, indent=indent)
    page = skim.Page(b'"results"', 1_000_000)
    _feed(page, text.encode(), step)
    assert page.is_over
    assert page.has_list
    assert not page.is_spoilt
    assert (b'"next"', b'"x"') in [(key.strip(), value.strip()) for key, value in page.rest.found]
    each_alone = [_read(json.dumps(item)) for item in items]
    assert [_without_notes(item) for item in _items(page)] == [_without_notes(item) for item in each_alone]


def _without_notes(document: Document) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != REPLACED}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=80), st.integers(1, 9))
def test_any_bytes_can_be_taken_apart(body: bytes, step: int) -> None:
    for text in (
        body,
        b'{"results": [' + body,
        b'{"results": [{"id": "a"}, ' + body + b', {"id": "b"}], "next": null}',
    ):
        page = skim.Page(b'"results"', 1_000_000)
        _feed(page, text, step)
        assert all(json.loads(item.text) == item for item in _items(page))


@pytest.mark.parametrize(
    ("results", "ids"),
    [
        ("[]", []),
        ("[ ]", []),
        ("[null]", [None]),
        ('[{"id": "a"}, NaN, {"id": "b"}]', ["a", None, "b"]),
        ('["x, ]", [{"id": "c"}], {"id": "b"}]', [None, None, "b"]),
        ('[{"id": "a", "output": [}, {"id": "b"}]', ["a", "b"]),
        ('[{"id": "a", "output": NaN}, {"id": "b", "input": {"x": "\\\\"}}]', ["a", "b"]),
        ('[{"id": "a", "output": <html>}, {"id": "b"}]', ["a", "b"]),
        ('[{"id": "a\\ud83d"}, {"id": "b"}]', ["a\ufffd", "b"]),
        # the rest of the page is within what does not end
        ('[{"id": "a", {"id": "b"}]', ["a"]),
    ],
)
def test_one_bad_item_costs_itself(results: str, ids: list[str | None]) -> None:
    page = skim.Page(b'"results"', 1_000_000)
    page.feed(f'{{"previous": null, "results": {results}, "next": "more"}}'.encode())
    items = _items(page)
    assert [item.get("id") for item in items] == ids
    assert all(item["id"] is not None or REPLACED in item for item in items if "id" in item)
    assert page.is_over
    assert (b' "next"', b' "more"') in page.rest.found


def test_what_is_too_large_is_left_out_and_the_rest_is_kept() -> None:
    large = {
        "id": "a",
        "model": "o/n",
        "input": {"p": "x" * 3_000_000},
        "output": "y" * 500_000,
        "logs": "z" * 100,
        "status": "s",
    }
    body = json.dumps({"results": [large, {"id": "b"}], "next": None}).encode()
    page = skim.Page(b'"results"', 1_000_000)
    _feed(page, body, 65_536)
    [first, second] = _items(page)
    assert (first["id"], first["input"], len(first["output"]), first["status"]) == ("a", None, 500_000, "s")
    assert not first.is_whole
    assert first[REPLACED]["values"] == [{"at": "input", "was": "too large", "bytes": 3_000_010}]
    assert second.is_whole
    whole = skim.Object(1_000_000)
    _feed(whole, json.dumps(large).encode(), 65_536)
    assert documents.of_members(whole) == first


def test_no_number_of_members_fills_the_memory() -> None:
    whole = skim.Object(1_000_000)
    for _ in range(100):
        whole.feed(b'{"a": 1,' + b'"b": 2,' * 10_000)
    assert len(whole.members.found) < 20_000
    assert len(whole.members.too_large) <= 100
