"""20,000 webhooks in a burst, a third of them duplicates, 100 of them forged."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.support import Owner, serving

_GENERATIONS = 6_650
_FORGED = 100
_CONNECTIONS = 40
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_OTHER_SECRET = "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"


def _start_all(owner: Owner) -> list[tuple[Any, str]]:
    """As many running predictions as there will be ends; returns attempts and predictions."""
    owner.rows(
        "select basepool.add_token('r8_token_number_' || n, 'sim-' || n, 'user', %s, 1000) from generate_series(1, 7) as n",
        _SECRET,
    )
    owner.rows("update basepool.accounts set creates_per_minute = 10000000, burst = 1000000")
    owner.rows("select basepool.configure('{\"user_active_limit\": 1000000}')")
    owner.rows(
        "select public.submit_generation('acme/painter', jsonb_build_object('prompt', n)"
        ", p_user_id => ('00000000-0000-4000-8000-' || lpad((n %% 50)::text, 12, '0'))::uuid) from generate_series(1, %s) as n",
        _GENERATIONS,
    )
    while owner.value("select count(*) from basepool.queue"):
        owner.rows("select count(*) from basepool.claim_generations('tester', 1000)")
    owner.rows(
        "select basepool.record_submitted(s.attempt_id, jsonb_build_object('id', 'p' || replace(s.attempt_id::text, '-', '')"
        ", 'status', 'starting')) from basepool.seats as s where s.attempt_id is not null"
    )
    return owner.rows("select attempt_id, prediction_id from basepool.seats where attempt_id is not null order by id")


def _request(attempt: Any, prediction: str, status: str, secret: str = _SECRET) -> bytes:
    """A delivery as it goes over the wire, signed now: on a busy machine all of them take longer than a signature counts. A
    repetition has the same webhook-id, as Replicate's have."""
    id = f"msg_{prediction}_{status}"
    output = f"https://replicate.delivery/{prediction}.png" if status == "succeeded" else None
    body = json.dumps({"id": prediction, "status": status, "output": output, "metrics": {"predict_time": 1.5}})
    now = time.time()

    signature = Webhook(secret).sign(id, datetime.fromtimestamp(int(now), UTC), body)
    return (
        f"POST /webhooks/replicate?attempt={attempt} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nwebhook-id: {id}\r\nwebhook-timestamp: {int(now)}\r\n"
        f"webhook-signature: {signature}\r\n\r\n{body}"
    ).encode()


async def _send_all(url: str, requests: list[tuple[Any, ...]]) -> Counter[tuple[int, str]]:
    """All of them over as many connections as wait at once; how often each status and outcome came back."""
    host, port = url.removeprefix("http://").split(":")
    answers: Counter[tuple[int, str]] = Counter()
    left = iter(requests)

    async def send() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in left:
            writer.write(_request(*request))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = json.loads(await reader.readexactly(length))
            answers[int(head[9:12]), answer.get("outcome") or answer["code"]] += 1
            if b"connection: close" in head.lower():
                # who was refused is not kept
                writer.close()
                reader, writer = await asyncio.open_connection(host, int(port))
        writer.close()

    await asyncio.gather(*(send() for _ in range(_CONNECTIONS)))
    return answers


def test_none_is_lost_none_is_applied_twice_and_forged_ones_are_refused(owner: Owner, glue_url: str) -> None:
    running = _start_all(owner)
    genuine: list[tuple[Any, ...]] = [(attempt, prediction, "succeeded") for attempt, prediction in running]
    genuine += [(attempt, prediction, "processing") for attempt, prediction in running]
    dice = random.Random(1)
    duplicates = dice.sample(genuine, len(genuine) // 2)
    forged = [(attempt, prediction, "failed", _OTHER_SECRET) for attempt, prediction in running[:_FORGED]]
    burst = genuine + duplicates + forged
    dice.shuffle(burst)
    assert len(burst) >= 20_000

    began = time.monotonic()
    patient = {"LOG_LEVEL": "ERROR", "SERVE_TIMEOUT_SECONDS": "600"}
    with serving(DATABASE_URL=glue_url, REPLICATE_BASE_URL="http://127.0.0.1:9", **patient) as url:
        answers = asyncio.run(_send_all(url, burst))
    print(f"{len(burst)} webhooks, {len(burst) / (time.monotonic() - began):.0f} a second: {dict(answers)}")

    assert answers[401, "PT401"] == _FORGED
    assert answers[200, "duplicate"] == len(duplicates)
    # a start event that comes after the end says nothing new
    assert answers[200, "applied"] + answers[200, "stale"] == len(genuine)
    assert answers.total() == len(burst)
    assert owner.statuses() == {"completed": _GENERATIONS}
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0
    assert owner.value("select count(*) from basepool.webhook_events where outcome not like 'refused%%'") == len(
        genuine
    )
    assert owner.value("select count(*) from basepool.webhook_events where outcome like 'refused: bad signature%%'") > 0
    assert owner.value("select sum(predict_seconds) from basepool.attempts") == _GENERATIONS * 1.5
