"""What Replicate answers may be odd, anywhere: each odd thing costs itself, a paid success is delivered whatever way it comes,
and what could not be kept is said."""

from __future__ import annotations

import base64
import contextlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorServer
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, running, serving

_FILE = "https://replicate.delivery/a.png"
_ENDS = ["succeeded"]


def _members(**members: str | None) -> dict[str, Any]:
    return {"members": members, "shown": _ENDS}


def _body(body: bytes) -> dict[str, Any]:
    return {"body_base64": base64.b64encode(body).decode(), "shown": _ENDS}


# a name, how it is answered once it has succeeded, and what the generation has then: files, a text, or whatever it was
ODD: list[tuple[str, dict[str, Any], list[str] | str | None]] = [
    ("not a number", _members(output=f'{{"score": NaN, "url": "{_FILE}"}}'), [_FILE]),
    ("infinite", _members(output=f'{{"score": -Infinity, "url": "{_FILE}"}}'), [_FILE]),
    ("beyond a double", _members(output=f'{{"seed": 1e5000, "url": "{_FILE}"}}'), [_FILE]),
    ("many digits", _members(output=f'{{"seed": {"9" * 5001}, "url": "{_FILE}"}}'), [_FILE]),
    ("a cut emoji", _members(output='["Hi ", "\\ud83d", "\\ude00"]'), "Hi \U0001f600"),
    ("half an emoji", _members(output='"Hi \\ud83d!"'), "Hi \ufffd!"),
    ("a NUL", _members(output='"Hi \\u0000!"'), "Hi \ufffd!"),
    ("a raw newline", _members(output='"Hi\n!"'), "Hi\n!"),
    ("deep lists", _members(output=f'{{"tree": {"[" * 1500}{"]" * 1500}, "url": "{_FILE}"}}'), [_FILE]),
    ("deeper lists", _members(logs="[" * 50_000 + "]" * 50_000, output=f'"{_FILE}"'), [_FILE]),
    ("logs that are none", _members(logs='{"lines": [1]}', output=f'"{_FILE}"'), [_FILE]),
    ("no JSON inside", _members(logs="<html>", output=f'"{_FILE}"'), [_FILE]),
    ("seconds as text", _members(metrics='{"predict_time": "1.5s"}', output=f'"{_FILE}"'), [_FILE]),
    ("negative seconds", _members(metrics='{"predict_time": -5}', output=f'"{_FILE}"'), [_FILE]),
    ("endless seconds", _members(metrics='{"predict_time": 1e300}', output=f'"{_FILE}"'), [_FILE]),
    ("seconds of an object", _members(metrics='{"predict_time": {"s": 1}}', output=f'"{_FILE}"'), [_FILE]),
    ("no measures", _members(metrics="null", output=f'"{_FILE}"'), [_FILE]),
    ("measures as text", _members(metrics='"fast"', output=f'"{_FILE}"'), [_FILE]),
    ("odd ends", _members(started_at='"soon"', completed_at="5", output=f'"{_FILE}"'), [_FILE]),
    ("an error beside it", _members(error='{"code": 0}', output=f'"{_FILE}"'), [_FILE]),
    ("no links", _members(urls=None, source="7", output=f'"{_FILE}"'), [_FILE]),
    ("a name of ours", _members(basepool_replaced='{"count": "x"}', output=f'"{_FILE}"'), [_FILE]),
    ("twice", _body(b'{"status": "failed", "id": "$id", "x": $document, "output": "Hi", "status": "succeeded"}'), None),
    ("a mark at the front", _body(b"\xef\xbb\xbf$document"), None),
    ("more after it", _body(b"$document\n$document"), None),
]
# within a list there is nothing before an object, nor after it
LISTED = [case for case in ODD if "members" in case[1]]
# what the list is not to be believed: without a time it may be of any
ODDER: list[tuple[str, dict[str, Any], list[str] | str | None]] = [
    ("an odd beginning", _members(created_at='{"day": 1}', output=f'"{_FILE}"'), [_FILE]),
    ("no id", _members(id=None, output=f'"{_FILE}"'), [_FILE]),
    ("an id of digits", _members(id="12345", output=f'"{_FILE}"'), [_FILE]),
    ("a byte of another code", _body(b'{"id": "$id", "status": "succeeded", "output": "caf\xe9"}'), "caf\ufffd"),
]


def _submit(owner: Owner, cases: list[tuple[str, dict[str, Any], list[str] | str | None]], directive: str = "") -> None:
    for number, (name, _, _) in enumerate(cases, 1):
        owner.submit(number, f"<{name}> {directive}")
    for number in range(100, 105):
        owner.submit(number, f"honest {number}")


def _answer(
    replicate: SimulatorServer, cases: list[tuple[str, dict[str, Any], list[str] | str | None]], **more: Any
) -> None:
    replicate.answer_raw(*({"about": f"<{name}>", **answer, **more} for name, answer, _ in cases))


def _all_completed(owner: Owner, count: int) -> None:
    def look() -> bool:
        statuses = owner.statuses()
        assert statuses.keys() <= {"completed", "pending", "processing"}, owner.rows(
            "select replicate_input ->> 'prompt', error_message from public.generations where status = 'failed'"
        )
        return statuses == {"completed": count}

    try:
        eventually(look, f"all {count}")
    except AssertionError:
        raise AssertionError(
            owner.rows(
                "select g.replicate_input ->> 'prompt', a.state, a.prediction_id, a.error from public.generations as g"
                " left join basepool._all_attempts() as a on a.generation_id = g.id where g.status <> 'completed'"
            )
        ) from None


def _ended_right(
    owner: Owner, replicate: SimulatorServer, cases: list[tuple[str, dict[str, Any], list[str] | str | None]]
) -> None:
    _all_completed(owner, len(cases) + 5)
    found = {
        re.sub(r"^<(.*)> .*$", r"\1", prompt): (urls, text, output)
        for prompt, urls, text, output in owner.rows(
            "select replicate_input ->> 'prompt', output_urls, output_text, replicate_output from public.generations"
        )
    }
    for name, _, expected in cases:
        urls, text, output = found[name]
        if isinstance(expected, list):
            assert urls == expected, name
        elif expected is not None:
            assert text == expected, name
        assert re.fullmatch("[a-z0-9]{26}", output["id"]), name
    for name in ("not a number", "beyond a double", "many digits", "half an emoji", "no JSON inside", "deep lists"):
        if name in found:
            assert found[name][2]["basepool_replaced"]["count"] >= 1, name
    # nothing was paid twice, and everything only once
    assert replicate.stats()["charged_more_than_once"] == []
    assert int(replicate.stats(predictions=False)["totals"]["creates"]) == len(cases) + 5
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0


def test_odd_webhooks_deliver(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> None:
    cases = ODD + ODDER
    _answer(replicate, cases)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        _submit(owner, cases)
        _ended_right(owner, replicate, cases)
        assert "Traceback" not in worker.said()
    refused = owner.rows("select outcome from basepool.webhook_events where outcome like 'refused%%'")
    assert refused == []
    shown = basepool(
        "status",
        str(
            owner.value("select id from public.generations where replicate_input ->> 'prompt' like '<not a number>%%'")
        ),
        **glue_environment,
    )
    assert "output.score was NaN" in " ".join(shown.stdout.split())


def test_odd_answers_to_polls_deliver(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    cases = ODD + ODDER
    _answer(replicate, cases)
    _submit(owner, cases)
    with running("work", **glue_environment) as worker:
        _ended_right(owner, replicate, cases)
        assert "Traceback" not in worker.said()


def test_what_is_odd_is_found_in_the_list(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    _answer(replicate, LISTED)
    _submit(owner, LISTED, "[sim:reset_after_create]")
    with running("work", **glue_environment) as worker:
        _ended_right(owner, replicate, LISTED)
        assert "Traceback" not in worker.said()


CREATES: list[tuple[str, dict[str, Any]]] = [
    ("no JSON", {"body": "Created"}),
    ("a list", {"body": "[$document]"}),
    ("nothing", {"body": ""}),
    ("half of it", {"body": '{"id": "$id", "status": "sta'}),
    ("no id", {"members": {"id": None, "urls": None}}),
    ("an id of digits", {"members": {"id": "5", "urls": None}}),
    ("an odd status", {"members": {"status": '{"is": "starting"}'}}),
    ("an odd measure", {"members": {"metrics": '{"predict_time": NaN}', "logs": '"\\ud83d"'}}),
    ("compressed", {"gzip": True}),
    ("said to be compressed", {"headers": {"content-encoding": "gzip"}}),
    ("compressed unasked", {"headers": {"content-encoding": "br"}}),
    ("another status of success", {"status": 299}),
]


@pytest.mark.parametrize("has_webhooks", [True, False])
def test_a_create_that_is_answered_oddly_is_found_out_and_paid_once(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer, has_webhooks: bool
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    cases: list[tuple[str, dict[str, Any], list[str] | str | None]] = [(name, how, None) for name, how in CREATES]
    _answer(replicate, cases, on=["create"])
    _submit(owner, cases)
    with contextlib.ExitStack() as stack:
        public = {"PUBLIC_URL": stack.enter_context(serving(**glue_environment))} if has_webhooks else {}
        worker = stack.enter_context(running("work", **glue_environment, **public))
        _ended_right(owner, replicate, cases)
        assert "Traceback" not in worker.said()


# what strangers have in the same account's list
_STRANGERS: list[tuple[str, dict[str, Any]]] = [
    ("not a number", {"members": {"output": "NaN", "metrics": "{NaN}"}}),
    ("half an emoji", {"members": {"output": '"\\ud83d"', "logs": '"\\u0000"'}}),
    ("no JSON inside", {"members": {"output": "<html>"}}),
    ("an odd time", {"members": {"created_at": "[]"}}),
    ("brackets that do not fit", {"members": {"output": '[{"a": [1}'}}),
    ("deep", {"members": {"output": "[" * 20_000 + "]" * 20_000}}),
    ("an odd id", {"members": {"id": "{}"}}),
]


@contextlib.contextmanager
def _stranger(replicate: SimulatorServer) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Another app with the token of the first account."""
    with httpx.Client(
        base_url=replicate.url,
        headers={"authorization": f"Bearer {replicate.tokens[0]}"},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ) as client:

        def create(given: dict[str, Any]) -> None:
            answer = client.post("/v1/models/stranger/model/predictions", json={"input": given})
            assert answer.status_code == 201

        yield create


def _only_first_token(owner: Owner) -> None:
    owner.rows("select basepool.disable_token(id) from public.replicate_tokens where id > 1")


def test_what_is_odd_in_the_list_hides_nothing_else(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds", "absence_after": "15 seconds"}\')')
    _only_first_token(owner)
    replicate.answer_raw(*({"on": ["item"], "about": f"<{name}>", **how} for name, how in _STRANGERS))
    with _stranger(replicate) as create:
        owner.submit(1, "lost [sim:reset_after_create]")
        owner.submit(2, "never sent [sim:reset_before_create*1]")
        with running("work", **glue_environment):
            eventually(
                lambda: owner.value("select count(*) from basepool._all_attempts() where state = 'unknown'") == 2
            )
            for name, _ in _STRANGERS:
                create({"prompt": f"<{name}>"})
            # more than anybody holds of one, and a page of what everybody may send
            create({"image": "x" * 21_000_000})
            for number in range(70):
                create({"prompt": f"{number} " + "y" * 400_000})
            eventually(lambda: owner.statuses() == {"completed": 2}, "both")
            status = json.loads(basepool("status", "--json", **glue_environment).stdout)
            shown = basepool("status", **glue_environment).stdout
    [search] = status["searches"]
    assert search["account"] == "sim-1"
    assert search["skipped"] >= 1
    assert "predictions not read whole" in " ".join(shown.split())
    ours = [each for each in replicate.stats()["predictions"] if each["model"] == "acme/painter"]
    assert len(ours) == 2
    # each found or proved by what the list said; nothing had to wait until its time was over
    assert owner.value("select count(*) from basepool.attempts where error like '%%undecided%%'") == 0
    assert owner.value("select count(*) from basepool.attempts where error like '%%absent%%'") == 1


def test_what_can_not_be_read_may_be_ours_and_is_not_bought_again(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds", "absence_after": "1 second"}\')')
    _only_first_token(owner)
    replicate.answer_raw({"on": ["item"], "about": "lost", "body": "NaN"})
    owner.submit(1, "lost [sim:reset_after_create]")
    with running("work", **glue_environment):
        eventually(
            lambda: (
                owner.value("select count(*) from basepool.searches where ended_at > started_at + '0'::interval") >= 3
            )
        )
        [(state, doubt)] = owner.rows(
            "select a.state, l.doubt_prediction_id from basepool.lost_attempts as l"
            " inner join basepool._all_attempts() as a on a.id = l.attempt_id"
        )
        assert (state, doubt) == ("unknown", "without an id")
        assert int(replicate.stats(predictions=False)["totals"]["creates"]) == 1
        replicate.answer_raw()
        eventually(lambda: owner.statuses() == {"completed": 1}, "that it is found")
    assert int(replicate.stats(predictions=False)["totals"]["creates"]) == 1


def test_what_is_large_in_the_list_is_asked_for(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    large = json.dumps("data:image/png;base64," + "A" * 5_000_000)
    replicate.answer_raw({"on": ["item", "get"], "shown": _ENDS, "members": {"output": large}})
    owner.submit(1, "a cat [sim:reset_after_create][sim:start=0][sim:run=0]")
    with running("work", **glue_environment):
        eventually(lambda: owner.statuses() == {"completed": 1}, "that it is found")
    assert owner.value("select length(output_urls[1]) from public.generations") > 5_000_000
    assert replicate.stats()["charged_more_than_once"] == []


WEBHOOKS: list[tuple[str, dict[str, Any], str]] = [
    ("no JSON", {"body": "succeeded"}, "the body is no JSON object: it is no JSON: succeeded"),
    ("a list", {"body": "[1]"}, "the body is no JSON object: it is JSON, but no object: [1]"),
    ("nothing", {"body": ""}, "the body is no JSON object: it is empty"),
    ("half of it", {"body": '{"id": "$id", "st'}, "the body is no JSON object: it ends in the middle"),
    ("an odd status", {"members": {"status": "7"}}, "this is not a prediction: it has no id or no status"),
    ("another's", {"members": {"id": '"somebodyelses"'}}, "prediction somebodyelses belongs to another attempt"),
    ("too large", {"members": {"logs": json.dumps("x" * 1_000_000)}}, "the body is larger than 900000 bytes"),
    ("compressed", {"gzip": True}, "the body is compressed"),
    ("otherwise compressed", {"headers": {"content-encoding": "br"}}, "the body is compressed"),
]


def test_a_webhook_that_can_not_be_applied_leaves_its_reason(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"check_after": "10 seconds"}\')')
    cases: list[tuple[str, dict[str, Any], list[str] | str | None]] = [(name, how, None) for name, how, _ in WEBHOOKS]
    _answer(replicate, cases, on=["webhook"], shown=_ENDS)
    with (
        serving(**glue_environment, WEBHOOK_MAX_BYTES="900000") as url,
        running("work", **glue_environment, PUBLIC_URL=url),
    ):
        _submit(owner, cases)
        # what was paid for is delivered by being asked for
        _ended_right(owner, replicate, cases)
        shown = basepool("status", **glue_environment).stdout
    assert "refused in the last hour" in shown
    reasons = dict(
        owner.rows(
            "select g.replicate_input ->> 'prompt', string_agg(distinct e.outcome, '; ') from basepool.webhook_events as e"
            " inner join basepool.attempts as a on a.id = e.attempt_id"
            " inner join public.generations as g on g.id = a.generation_id"
            " where e.outcome like 'refused%%' group by 1"
        )
    )
    for name, _, reason in WEBHOOKS:
        if name in {"too large", "compressed", "otherwise compressed"} and f"<{name}> " not in reasons:
            # before it is known who says so, not every one is written down
            continue
        assert f"refused: {reason}" in reasons[f"<{name}> "], name


# any bytes at all

_KEY = b"basepool's test secret"
_SECRET = "whsec_" + base64.b64encode(_KEY).decode()
_VALUES = st.recursive(
    st.one_of(
        st.sampled_from(
            ["NaN", "1e5000", '"\\ud83d"', '"\\u0000"', "null", "true", "-1", '"succeeded"', '"processing"', "<b>", ""]
        ),
        st.text(max_size=5).map(json.dumps),
        st.floats().map(json.dumps),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{','.join(each)}]"),
        st.dictionaries(st.sampled_from(["predict_time", "get", "a"]), inner, max_size=3).map(
            lambda each: "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in each.items()) + "}"
        ),
    ),
    max_leaves=6,
)
_MEMBERS = [
    "id",
    "status",
    "output",
    "error",
    "metrics",
    "urls",
    "logs",
    "created_at",
    "model",
    "version",
    "data_removed",
    "input",
]
_BODIES = st.one_of(
    st.dictionaries(st.sampled_from(_MEMBERS), _VALUES, max_size=8).map(
        lambda each: ("{" + ", ".join(f'"{key}": {value}' for key, value in each.items()) + "}").encode()
    ),
    st.binary(max_size=30),
)


def _post(client: httpx.Client, attempt: UUID, body: bytes) -> tuple[int, str]:
    """A genuine webhook with any body; its answer and its id."""
    id, at = f"msg_{uuid4().hex}", str(int(time.time()))
    signature = base64.b64encode(hmac.digest(_KEY, f"{id}.{at}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    answer = client.post(f"/webhooks/replicate?attempt={attempt}", content=body, headers=headers)
    return answer.status_code, id


def test_any_bytes_from_replicate_are_applied_or_refused_with_a_reason(glue_url: str, owner: Owner) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", _SECRET)
    numbers = itertools.count(1)
    owner.rows("select basepool.limit_token(1, null, null, 100000, 10000)")
    with (
        serving(DATABASE_URL=glue_url, REPLICATE_BASE_URL="http://127.0.0.1:9") as url,
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as client,
    ):

        @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(_BODIES)
        def is_dealt_with(body: bytes) -> None:
            owner.submit(next(numbers))
            attempt = UUID(str(owner.claim()["attempt_id"]))
            owner.rows(
                "select basepool.record_submitted(%s, %s)", attempt, Jsonb({"id": f"p{attempt}", "status": "starting"})
            )
            status, id = _post(client, attempt, body)
            assert status in {200, 400, 409}
            [(outcome,)] = owner.rows("select outcome from basepool.webhook_events where webhook_id = %s", id)
            assert outcome.startswith("refused: ") == (status != 200)
            assert outcome.isprintable()
            # whatever it said, what Replicate says next is heard
            end = {"id": f"p{attempt}", "status": "succeeded", "output": "x", "metrics": {}}
            assert _post(client, attempt, json.dumps(end).encode())[0] == 200
            assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0

        is_dealt_with()
    # a failed one that may be tried again waits; all others have ended
    assert (
        owner.value(
            "select count(*) from public.generations as g where basepool.is_active(g.status)"
            " and not exists (select from basepool.queue as q where q.generation_id = g.id)"
        )
        == 0
    )
