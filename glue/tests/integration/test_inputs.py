"""What users send, through the live path: an odd input costs itself, and what is sent is what the database has."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basepool.simulator import SimulatorServer
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, running, serving, user

_SECRET = "a-secret-of-32-characters-length"

_ODD = {
    "a number of 5,001 digits": '{"prompt": "x", "seed": 1e5000}',
    "a number that no double holds": '{"prompt": "x", "seed": -2e308}',
    "a number inside": '{"prompt": "x", "loras": [{"scale": 1e309}]}',
    "1,500 nested lists": f'{{"prompt": "x", "a": {"[" * 1500}{"]" * 1500}}}',
    "100 nested objects": '{"prompt": "x", "a": ' + '{"a": ' * 100 + "1" + "}" * 101,
    "six megabytes": json.dumps({"prompt": "x", "image": "data:image/png;base64," + "A" * 6_000_000}),
    "a few bytes that are megabytes as a text": f'{{"prompt": "x", "mask": [{"0e-16383," * 1000}1]}}',
    "no object": "[1]",
}
"""Inputs that Postgres stores and that can't be sent."""

_INSERT = """
insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, replicate_input)
values (%s, 'create', 'm', 'M', 'acme/painter', 'x', %s)
"""

_CHANGE_INPUT = "update public.generations set replicate_input = %s where id = %s"
_CHANGE_MODEL = "update public.generations set replicate_model = %s where id = %s"
"""What the app's server, or anybody with rights on the table, may do after the door."""


def _submit(owner: Owner, number: int, input: str, model: str = "acme/painter") -> UUID:
    return UUID(
        str(owner.value("select public.submit_generation(%s, %s, p_user_id => %s)", model, input, user(number)))
    )


def _all_ended(owner: Owner) -> bool:
    return not {"pending", "processing"} & owner.statuses().keys()


def _nothing_twice(owner: Owner, replicate: SimulatorServer) -> None:
    assert replicate.stats()["charged_more_than_once"] == []
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0
    assert owner.value("select count(*) from basepool.lost_attempts") == 0


@pytest.mark.parametrize("way", ["submit", "plain insert"])
@pytest.mark.parametrize("name", _ODD)
def test_the_door_refuses_what_can_not_be_sent(owner: Owner, name: str, way: str) -> None:
    enter: dict[str, Callable[[], Any]] = {
        "submit": lambda: _submit(owner, 1, _ODD[name]),
        "plain insert": lambda: owner.rows(_INSERT, user(1), _ODD[name]),
    }
    with pytest.raises(psycopg.Error) as caught:
        enter[way]()
    assert caught.value.sqlstate == "PT400"
    assert (caught.value.diag.message_primary or "").startswith("the input ")
    assert caught.value.diag.message_hint
    assert owner.statuses() == {}


def _spoil(owner: Owner) -> tuple[dict[str, UUID], list[UUID]]:
    """Some of a batch become unsendable after the door, as do all the ways in which they may. Returns these, and the others."""
    good = [owner.submit(number, f"number {number}") for number in range(6)]
    bad = {name: _submit(owner, 100 + number, '{"prompt": "x"}') for number, name in enumerate(_ODD)}
    for name, id in bad.items():
        owner.rows(_CHANGE_INPUT, _ODD[name], id)
    models = {
        "a model of 70 kB": "acme/" + "x" * 70_000,
        "a model with a newline": "acme/painter\r\nx: y",
        "no model": "",
    }
    for number, (name, model) in enumerate(models.items()):
        bad[name] = _submit(owner, 200 + number, '{"prompt": "x"}')
        owner.rows(_CHANGE_MODEL, model, bad[name])
    bad["no input"] = _submit(owner, 300, '{"prompt": "x"}')
    owner.rows(_CHANGE_INPUT, None, bad["no input"])
    return bad, good


def _only_the_bad_failed(owner: Owner, replicate: SimulatorServer, bad: dict[str, UUID], good: list[UUID]) -> None:
    for name, id in bad.items():
        [[status, text]] = owner.rows("select status, error_message from public.generations where id = %s", id)
        assert (status, text.split(":")[0]) == ("failed", "unsendable"), name
        assert text.isprintable(), name
    assert owner.statuses() == {"failed": len(bad), "completed": len(good)}
    assert owner.rows("select distinct error_rule, state from basepool.attempts where error_rule is not null") == [
        ("unsendable", "rejected")
    ]
    assert owner.value("select count(*) from basepool.attempts") == len(bad) + len(good)
    assert replicate.stats(predictions=False)["totals"]["creates"] == len(good)
    assert owner.value("select sum(error_count) from basepool.list_tokens()") == 0
    _nothing_twice(owner, replicate)


def test_what_can_not_be_sent_any_more_fails_alone(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    bad, good = _spoil(owner)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        eventually(lambda: _all_ended(owner), "all of them")
        assert worker.poll() is None
        assert "claiming failed" not in worker.said()
        assert "Traceback" not in worker.said()
    _only_the_bad_failed(owner, replicate, bad, good)


def test_serverless_it_fails_alone_too(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    bad, good = _spoil(owner)
    with serving(**glue_environment, SERVERLESS="true", DISPATCH_SECRET=_SECRET, CRON_SECRET=_SECRET) as url:

        def dispatched() -> bool:
            answer = httpx.post(
                f"{url}/webhooks/dispatch",
                json={"type": "INSERT", "table": "generations", "schema": "public", "record": {}, "old_record": None},
                headers={"authorization": f"Bearer {_SECRET}"},
                timeout=PATIENCE_SECONDS,
                trust_env=False,
            )
            assert answer.status_code == 200, answer.text
            return _all_ended(owner)

        eventually(dispatched, "all of them")
    _only_the_bad_failed(owner, replicate, bad, good)


_NUMBERS = [
    "0.33333333333333333333",
    "12345678901234567890.5",
    "0.1000000000000000055511151231257827021181583404541015625",
    "1e-320",
    "5e-324",
    "1.10",
    "-1.7976931348623157e308",
    "1e22",
    "3.141592653589793238462643383279502884197",
    "9007199254740993",
]


def test_a_number_that_is_rounded_on_its_way_is_found_and_paid_once(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """The answer is lost, no webhook comes, and the list shows the number as a double."""
    owner.rows('select basepool.configure(\'{"check_after": "1 second", "check_at_most_every": "2 seconds"}\')')
    for number, text in enumerate(_NUMBERS):
        prompt = f"{number} [sim:reset_after_create] [sim:webhook_lost]"
        _submit(owner, number, f'{{"prompt": "{prompt}", "strength": {text}, "steps": [{text}, {{"a": {text}}}]}}')
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": len(_NUMBERS)}, "all of them")
    assert owner.rows("select found_by_search, count(*) from basepool.attempts group by 1") == [(True, len(_NUMBERS))]
    assert replicate.stats(predictions=False)["totals"]["charged"] == len(_NUMBERS)
    _nothing_twice(owner, replicate)


def test_what_was_changed_while_it_was_lost_is_not_bought_again(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """The app writes another input into the row: that proves nothing about what was sent."""
    owner.rows('select basepool.configure(\'{"absence_after": "1 second", "submit_timeout": "5 seconds"}\')')
    id = owner.submit(1, "a cat [sim:reset_after_create] [sim:webhook_lost] [sim:stuck_processing]")
    with running("work", **glue_environment):
        eventually(lambda: owner.value("select count(*) from basepool.lost_attempts"), "the loss")
        owner.rows(_CHANGE_INPUT, '{"prompt": "a dog"}', id)
        doubt = "select doubt_prediction_id from basepool.lost_attempts where is_absent = false and searches >= 2"
        eventually(lambda: owner.rows(doubt), "a search after the change")
        assert owner.value("select bool_and(is_complete) from basepool.searches where ended_at is not null")
    assert owner.rows("select attempt_no from basepool._all_attempts()") == [(1,)]
    assert replicate.stats(predictions=False)["totals"]["creates"] == 1


def _of_bytes(size: int, letter: str) -> str:
    return json.dumps({"prompt": "x", "text": letter * ((size - 40) // len(letter.encode()))}, ensure_ascii=False)


def test_the_largest_that_the_door_lets_in_comes_back_by_webhook(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """Every limit behind the door leaves room for what it lets in, and for what JSON makes of it."""
    owner.rows("select basepool.configure('{\"max_input_bytes\": 3000000}')")
    largest = [_of_bytes(3_000_000, letter) for letter in "aя"]
    for number, input in enumerate([*largest, *(_of_bytes(400_000, letter) for letter in "aя猫")]):
        _submit(owner, number, input)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": 5}, "all of them")
    ends = "select outcome from basepool.webhook_events where prediction_status = 'succeeded'"
    assert owner.rows(ends) == [("applied",)] * 5
    _nothing_twice(owner, replicate)


def test_the_command_line_sends_what_it_was_given(glue_url: str, owner: Owner) -> None:
    def submit(input: str, argument: str = "-") -> tuple[int, str]:
        arguments = ("submit", "acme/painter", "--user", str(user(1)), "--input", argument)
        done = basepool(*arguments, stdin=input, DATABASE_URL=glue_url)
        return done.returncode, done.stderr

    assert submit('{"strength": 0.33333333333333333333}') == (0, "")
    assert owner.value("select replicate_input::text from public.generations") == '{"strength": 0.33333333333333333333}'
    for name, input in _ODD.items():
        code, said = submit(input)
        assert code == 2, name
        assert said.startswith(("error PT400: the input ", "error TP020: --input ")), (name, said)
    for input in ("{", '{"a": NaN}', '{"a": "\\u0000"}', '{"a": "\\ud83d"}'):
        code, said = submit(input)
        assert code == 2, input
        assert said.startswith(("error PT400: ", "error TP020: ")), (input, said)
    # what is no UTF-8 in a shell
    assert submit("", "\udcff{}")[1].startswith("error TP020: --input")


_EVIL = "a\r\nSet-Cookie: x=y\x1b[31m\x07\u2028\u202e\u200b" + "z" * 300
_OUTSIDERS = """
select
  p.oid::regprocedure::text,
  p.proargtypes::oid[]::regtype[]::text[],
  format('select * from %%s(%%s)', p.oid::regproc, (
    select string_agg('%%s::' || t.oid::regtype, ', ' order by t.nth)
    from unnest(p.proargtypes::oid[]) with ordinality as t (oid, nth)
  ))
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where n.nspname in ('public', 'basepool') and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
  and (has_function_privilege('authenticated', p.oid, 'execute') or has_function_privilege('service_role', p.oid, 'execute')
    or has_function_privilege('basepool_glue', p.oid, 'execute') or p.proname = 'configure')
order by 1
"""
_EVIL_JSON: list[Any] = [
    {_EVIL: _EVIL},
    [{"replicate_model": _EVIL, "input": {}, "user_id": str(user(1)), "attempt": str(user(2)), "source": _EVIL}],
    [{"attempt": _EVIL, "prediction": {"id": _EVIL, "status": _EVIL}}],
    {"id": _EVIL, "status": _EVIL},
]


def _message(look: Callable[[], Any]) -> list[str]:
    """What is said when `look` fails: the message, which becomes a reason phrase, and those that are returned per item."""
    try:
        rows = look()
    except psycopg.Error as error:
        return [error.diag.message_primary or ""] if (error.sqlstate or "").startswith(("PT", "TP")) else []
    return [
        str(each["message"])
        for row in rows
        for each in row
        if isinstance(each, dict) and {"code", "message"} <= each.keys()
    ]


def test_no_message_has_control_characters_in_it(owner: Owner) -> None:
    """Each function that anybody may call, with something evil as each of its texts."""
    owner.rows("select basepool.add_token('r8_token_number_1', 'a', 'user', null, 100)")
    heard = 0
    for signature, types, call in owner.rows(_OUTSIDERS):
        others = {
            "uuid": str(user(1)),
            "text": "webhook",
            "jsonb": "{}",
            "integer": 1,
            "bigint": 1,
            "uuid[]": [user(1)],
        }
        for place, type in enumerate(types):
            evils = {"text": [_EVIL], "jsonb": [json.dumps(each) for each in _EVIL_JSON]}.get(type, [])
            for evil in evils:
                for other in (others, dict.fromkeys(others, None)):
                    values = [evil if at == place else other.get(kind) for at, kind in enumerate(types)]
                    for message in _message(functools.partial(owner.rows, call, *values)):
                        heard += 1
                        assert message.isprintable(), (signature, message)
                        assert len(message) < 1000, signature
    assert heard > 30


def test_no_message_of_the_door_has_control_characters_in_it(owner: Owner) -> None:
    owner.rows(
        "create function public.refuse() returns trigger language plpgsql as"
        " $$ begin if new.action = 'edit' then raise sqlstate '23514' using message = new.prompt; end if; return new; end $$"
    )
    owner.rows(
        "create trigger a_refuse before insert on public.generations for each row execute function public.refuse()"
    )
    submit = "select public.submit_generation(p_replicate_model => %s, p_input => %s, p_user_id => %s, p_action => %s"
    for arguments, more in (
        ((_EVIL, "{}", user(1), "create"), ")"),
        (("a/b", "{}", user(1), _EVIL), ")"),
        (("a/b", json.dumps({"prompt": _EVIL}), user(1), "edit"), ")"),
        (("a/b", "{}", user(1), "create"), f", p_idempotency_key => repeat('{_EVIL[:20]}', 100))"),
    ):
        [message] = _message(functools.partial(owner.rows, submit + more, *arguments))
        assert message.isprintable(), message


def _submitted(owner: Owner, text: str) -> tuple[UUID | None, str | None]:
    """The generation, or the code of the refusal."""
    try:
        return _submit(owner, 1, text), None
    except psycopg.Error as error:
        return None, error.sqlstate


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
_numeral = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,5})?", fullmatch=True)


@given(value=st.dictionaries(st.text(max_size=8), _json, max_size=4), numerals=st.lists(_numeral, max_size=5))
@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_comes_in_is_refused_with_a_code_or_can_be_sent_and_read(
    owner: Owner, value: dict[str, Any], numerals: list[str]
) -> None:
    if not owner.value("select count(*) from basepool.list_tokens()"):
        owner.rows("select basepool.add_token('r8_token_number_1', 'a', 'user', null, 1000)")
        owner.rows("select basepool.limit_token(1, null, null, 1000000, 100000)")
    text = f'{{"v": {json.dumps(value)}, "n": [{", ".join(numerals)}]}}'
    owner.rows("begin")
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(owner.rows, "rollback")
        id, code = _submitted(owner, text)
        # the others are the server's: no JSON of Postgres has a U+0000 or half a character
        assert id or code in {"PT400", "22P05", "22P02", "22003"}, text
        if id is None:
            return
        lease = owner.claim()
        assert (lease["generation_id"], lease["reason"]) == (id, None)
        assert lease["input"] == owner.value("select replicate_input::text from public.generations where id = %s", id)
        read = json.loads(lease["input"])
        as_double = functools.partial(json.loads, parse_int=float)
        assert as_double(lease["input"])["v"] == as_double(json.dumps(value))
        # what a reader makes of it is recognised as what was sent
        compared = "select basepool._compare_inputs(%s, %s)"
        assert owner.value(compared, lease["input"], json.dumps(read)) == "same", text
