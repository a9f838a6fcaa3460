"""Whatever comes in, from users and from Replicate at once, through the whole live path: it costs itself, those beside it end
right, nothing is paid twice, and nobody sees a secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from basepool.simulator import SimulatorServer
from tests.support import Owner, basepool, eventually, running, serving_process, user

_HONEST = 4
# refused by the door, or by Postgres itself, which reads what was sent first
_REFUSALS = {"PT400", "22P02", "22P05", "22003", "54001"}

_SCALARS = st.one_of(
    st.sampled_from(
        [
            *("null", "true", "-0", "1e5000", "-1e308", "1e-400", "0." + "3" * 40, "9" * 400, "12345678901234567891"),
            *('""', '"\\ud83d"', '"\\ud83d\\ude00"', '"\\u0000"', '"a\\r\\nX: y"', '"https://a.b/c d"', '"data:,"'),
        ]
    ),
    st.integers().map(json.dumps),
    st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    st.text(max_size=20).map(json.dumps),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda each: f"[{', '.join(each)}]"),
        st.dictionaries(st.text(max_size=8).map(json.dumps), inner, max_size=4).map(
            lambda each: "{" + ", ".join(f"{key}: {value}" for key, value in each.items()) + "}"
        ),
        st.integers(1, 2_000).map(lambda depth: "[" * depth + "]" * depth),
    ),
    max_leaves=8,
)
# what Replicate's JSON may hold, too
_ODD_TREES = st.one_of(_TREES, st.sampled_from(["NaN", "-Infinity", "[1,]", "{", "<html>", '"\x01"', "[NaN, {}]"]))
_MEMBERS = st.dictionaries(
    st.sampled_from(
        ["output", "error", "metrics", "urls", "logs", "model", "version", "input", "started_at", "source"]
    ),
    _ODD_TREES,
    min_size=1,
    max_size=4,
)
_INSTEAD = st.one_of(
    _MEMBERS.map(lambda members: {"members": members}),
    st.binary(max_size=40).map(lambda body: {"body_base64": base64.b64encode(body).decode()}),
)
_ANSWERS = st.one_of(
    st.tuples(st.sampled_from(["create", "webhook", "get", "item"]), _INSTEAD),
    st.tuples(st.sampled_from(["create", "webhook", "get"]), st.just({"gzip": True})),
)


@settings(
    max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(
    inputs=st.lists(_TREES, min_size=15, max_size=15),
    answers=st.lists(_ANSWERS, min_size=15, max_size=15, unique_by=str),
)
def _is_dealt_with(inputs: list[str], answers: list[tuple[str, dict[str, Any]]]) -> None:
    """Set by the test below: hypothesis can't have fixtures of a function."""
    _batch(inputs, answers)


_batch: Any = None


def test_whatever_comes_in_costs_itself(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer, monkeypatch: Any
) -> None:
    owner.rows(
        'select basepool.configure(\'{"poll_every": "0.3 seconds", "check_after": "1 second", "absence_after": "2 seconds",'
        ' "user_active_limit": 1000}\')'
    )
    examples = 0

    def batch(inputs: list[str], answers: list[tuple[str, dict[str, Any]]]) -> None:
        nonlocal examples
        examples += 1
        before = owner.value("select count(*) from public.generations")
        replicate.answer_raw(
            *(
                # a prediction that has not ended may say so in any way that can be read
                {"about": f"<{examples}.{number}>", "on": [place], **answer}
                | ({} if place == "create" else {"shown": ["succeeded"]})
                for number, (place, answer) in enumerate(answers)
            )
        )
        for number, (place, _) in enumerate(answers):
            # so that it is asked for, or looked for in the list
            lost = {"get": "[sim:webhook_lost]", "item": "[sim:reset_after_create][sim:webhook_lost]"}.get(place, "")
            owner.submit(number, f"<{examples}.{number}> odd {lost}[sim:run=0.2]")
        let_in = 0
        refusals: list[tuple[str | None, str, str]] = []
        for number, text in enumerate(inputs):
            try:
                # the user's own input has any member, and any name
                owner.rows(
                    "select public.submit_generation('acme/painter', jsonb_build_object('prompt', %s::text, 'any', %s::jsonb)"
                    ", p_user_id => %s)",
                    f"any {examples}.{number}",
                    text,
                    user(100 + number),
                )
                let_in += 1
            except psycopg.Error as error:
                refusals.append((error.sqlstate, error.diag.message_primary or "", text))
        for code, message, text in refusals:
            assert code in _REFUSALS, (code, text)
            assert message.isprintable(), text
        for number in range(_HONEST):
            owner.submit(200 + number, f"honest {examples}.{number}")

        eventually(
            lambda: (
                owner.value(
                    "select count(*) from public.generations where status = 'completed'"
                    " and replicate_input ->> 'prompt' like %s",
                    f"honest {examples}.%",
                )
                == _HONEST
            ),
            "that the honest ones end",
        )
        eventually(lambda: all(answer["struck"] for answer in replicate.raw()), "that each odd answer was given")
        # what can't be read for good is delivered as soon as it can
        replicate.answer_raw()
        total = before + len(answers) + let_in + _HONEST
        eventually(
            lambda: (
                owner.value("select count(*) from public.generations where not basepool.is_active(status)") == total
            ),
            "that all end",
        )

    monkeypatch.setattr("tests.integration.test_boundary._batch", batch)
    with (
        serving_process(**glue_environment) as (url, serve),
        running("work", **glue_environment, PUBLIC_URL=url) as worker,
    ):
        _is_dealt_with()
        assert worker.poll() is None
        said = worker.said() + serve.said() + basepool("status", **glue_environment).stdout
    assert examples == 3

    # money that was spent is delivered, once; only what a user sent may have been refused by the model
    assert (
        owner.rows(
            "select g.replicate_input ->> 'prompt', g.error_message from public.generations as g"
            " where g.status <> 'completed' and g.replicate_input ->> 'prompt' not like 'any %%'"
        )
        == []
    )
    assert replicate.stats()["charged_more_than_once"] == []
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0
    assert "Traceback" not in said
    for secret in owner.rows(
        "select token from public.replicate_tokens union all select webhook_secret from basepool.accounts"
        " where webhook_secret is not null"
    ):
        assert secret[0] not in said
