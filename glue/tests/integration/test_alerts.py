"""What is wrong rings within two minutes, once, at whoever is to hear it, and is over by itself: by pg_net, and by the glue."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import SecretStr

from basepool.config import Settings
from basepool.web.app import create_app
from tests.pg_net import SCHEMA, PgNet
from tests.support import Owner, basepool, eventually, explore, running

_ANSWER = "select coalesce(r.outcome, r::text) from basepool.record_answers(%s) as r"
_APPLY = "select coalesce(r.outcome, r::text) from basepool.apply_predictions(%s) as r"
_OPENED = "select count(*) = 1 from basepool.alert_messages as m where m.kind = 'opened'"
_PATH = "/services/T0/B0/a-path-that-nobody-knows"


class Receiver:
    """Somebody's webhook: keeps what came, and answers what it is told to."""

    def __init__(self) -> None:
        self.bodies: queue.Queue[dict[str, Any]] = queue.Queue()
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200 and self.path == _PATH:
                    receiver.bodies.put(body)
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}{_PATH}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def heard(self) -> tuple[str, str]:
        """Name and state of the next one."""
        alert = self.bodies.get(timeout=60)["alert"]
        return alert["name"], alert["state"]


@contextlib.contextmanager
def receiving(owner: Owner) -> Iterator[Receiver]:
    receiver = Receiver()
    owner.rows("select basepool.configure(jsonb_build_object('alert_url', %s::text))", receiver.url)
    try:
        yield receiver
    finally:
        receiver.close()


class Clock:
    """The owner's session has a clock of its own; the watchdog looks each minute of it."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.now = datetime.now(UTC)
        self.minutes(0)

    def minutes(self, count: int) -> None:
        """Let so many pass, with a run of the watchdog in each."""
        for _ in range(count):
            self.now += timedelta(minutes=1)
            self._owner.rows("select set_config('basepool.frozen_now', %s, false)", self.now.isoformat())
            self._owner.rows("select basepool.run_job('watch')")
        self._owner.rows("select set_config('basepool.frozen_now', %s, false)", self.now.isoformat())

    def open(self) -> list[str]:
        return [name for (name,) in self._owner.rows("select name from basepool._list_alerts()")]


def test_a_pool_that_is_killed_rings_by_pg_net_and_what_is_lost_is_sent_again(
    owner: Owner, database_url: str, glue_environment: dict[str, str]
) -> None:
    owner.rows(SCHEMA)
    clock = Clock(owner)
    with receiving(owner) as receiver:
        clock.minutes(1)
        assert clock.open() == []
        # every token is refused
        owner.rows(
            "update public.replicate_tokens set suspended_at = basepool.now(), suspended_reason = 'HTTP 401: refused'"
            ", suspended_until = basepool.now() + interval '1 hour'"
        )
        with PgNet(database_url):
            receiver.answers = [503]
            clock.minutes(1)
            assert clock.open() == ["PoolDead"]
            answers = "select count(*) from net._http_response"
            eventually(lambda: owner.value(answers) == 1, "the answer")
            clock.minutes(2)
            assert receiver.heard() == ("PoolDead", "open")
            eventually(lambda: owner.value(answers) == 2, "the second answer")
            # the one that does not know is refused, and nobody hears of it twice
            clock.minutes(1)
            shown = basepool("alerts", "list", "--json", **glue_environment)
            assert shown.returncode == 1
            [alert] = json.loads(shown.stdout)
            assert (alert["name"], alert["tries"], alert["send_error"]) == ("PoolDead", 2, None)
            assert alert["sent_at"] is not None
            assert "PoolDead" in basepool("status", **glue_environment).stdout

            owner.rows(
                "update public.replicate_tokens set suspended_at = null, suspended_reason = null, suspended_until = null"
            )
            clock.minutes(2)
            assert clock.open() == []
            assert receiver.heard() == ("PoolDead", "closed")
            assert receiver.bodies.empty()
            assert basepool("alerts", "list", **glue_environment).stdout == "no alarm is open\n"


def test_a_worker_that_is_stopped_and_webhooks_that_go_elsewhere(
    owner: Owner, replicate: Any, glue_environment: Any
) -> None:
    clock = Clock(owner)
    beat = "select basepool.heartbeat('w', '1', 1, 'claims', 5, 5, true)"
    owner.rows(beat)
    clock.minutes(1)
    assert clock.open() == []
    # it stops, and somebody submits
    owner.submit(1)
    owner.submit(2)
    owner.submit(3)
    clock.minutes(2)
    assert clock.open() == ["NobodyClaims"]
    clock.now += timedelta(seconds=1)
    owner.rows("select set_config('basepool.frozen_now', %s, false)", clock.now.isoformat())
    owner.rows(beat)
    clock.now += timedelta(seconds=1)
    owner.rows("select set_config('basepool.frozen_now', %s, false)", clock.now.isoformat())
    attempts = owner.rows("select attempt_id from basepool.claim_generations('w', 3)")
    assert len(attempts) == 3
    # what it sent has ended, and is found out by asking
    for number, (attempt,) in enumerate(attempts):
        for call, status in ((_ANSWER, "starting"), (_APPLY, "succeeded")):
            document = {
                "id": f"p{number}",
                "status": status,
                "output": ["https://replicate.delivery/x/out-0.webp"],
                "metrics": {"predict_time": 1},
            }
            item = {"attempt": str(attempt), "prediction": document} | ({"source": "poll"} if call == _APPLY else {})
            assert owner.rows(call, json.dumps([item])) in ([("recorded",)], [("applied",)])
    assert owner.value("select count(*) from basepool.attempts where worker = 'w'") == 3
    owner.rows("update basepool.workers set since = since - interval '1 hour', heard_at = basepool.now()")
    owner.rows("delete from basepool.webhook_events")
    clock.minutes(2)
    assert clock.open() == ["WebhooksMissing"]
    clock.minutes(15)
    assert clock.open() == []


def test_without_pg_net_a_worker_sends_it(owner: Owner, glue_environment: dict[str, str]) -> None:
    with receiving(owner) as receiver:
        receiver.answers = [500]
        with running("work", **glue_environment) as worker:
            owner.rows("update basepool.accounts set credit = 'none'")
            owner.rows("select basepool.run_job('watch')")
            eventually(
                lambda: owner.value(f"{_OPENED} and m.error = 'it answers 500'"), "that it is known not to have arrived"
            )
            # it would be tried again in half a minute
            owner.rows("update basepool.alert_messages set due_at = now()")
            assert receiver.heard() == ("CreditNone", "open")
            eventually(
                lambda: owner.value(f"{_OPENED} and m.sent_at is not null and m.tries = 2"),
                "that it is known to have arrived",
            )
            assert _PATH not in worker.said()
        assert receiver.bodies.empty()


def test_a_test_says_whether_it_arrives_and_shows_the_url_to_nobody(
    owner: Owner, glue_environment: dict[str, str]
) -> None:
    nowhere = basepool("alerts", "test", **glue_environment)
    assert nowhere.returncode == 2
    assert nowhere.stderr.startswith("error TP060: alarms can't be sent: alert_url: it is not set\n")
    with receiving(owner) as receiver:
        done = basepool("alerts", "test", **glue_environment)
        assert (done.returncode, done.stdout) == (0, "it has arrived\n")
        assert receiver.bodies.get(timeout=60)["text"].startswith("TEST basepool alerts test: alarms arrive here")
        receiver.answers = [404]
        refused = basepool("alerts", "test", **glue_environment)
        assert (refused.returncode, refused.stderr) == (1, "it has not arrived: it answers 404\n")
    gone = basepool("alerts", "test", **glue_environment)
    assert gone.returncode == 1
    shown = [
        basepool(*command, **glue_environment).stdout
        for command in (
            ("settings", "get"),
            ("settings", "get", "alert_url", "--json"),
            ("audit",),
            ("alerts", "list", "--all"),
        )
    ]
    assert "http://127.0.0.1:" in shown[0] + shown[1]
    assert _PATH not in "".join((*shown, gone.stderr, refused.stderr))
    # and whoever has the glue's login can't have it read something else from Vault
    other = basepool("settings", "set", "alert_url", "vault:basepool_cron_secret", **glue_environment)
    assert (other.returncode, other.stderr.splitlines()[0]) == (
        2,
        "error TP019: alert_url can be set by the owner only",
    )


async def test_that_pg_cron_has_stopped_stands_in_readyz(owner: Owner, glue_url: str) -> None:
    app = create_app(Settings(database_url=SecretStr(glue_url), worker_name="alerts"))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", timeout=60) as client,
    ):
        owner.rows("update basepool.jobs set cron_job_id = 7777777 where name = 'watch'")
        owner.rows("update basepool.schema_migrations set applied_at = now() - interval '1 day'")
        owner.rows("select basepool.run_job('watch')")
        assert (await client.get("/readyz")).json() == {"ok": True}
        # in the next hour, because of a server that has just begun nothing is said
        name, later = owner.rows("select current_database(), basepool.now() + interval '1 hour'")[0]
        owner.rows(f"alter database {name} set basepool.frozen_now = '{later.isoformat()}'")
        await asyncio.sleep(0.3)
        answer = await client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {"ok": True, "warnings": ["pg_cron runs no jobs: does it run, and in this database?"]}


class Flapping(RuleBasedStateMachine):
    """Whatever comes and goes in whatever rhythm: an alarm is open while it is so, opens once and closes once."""

    connection: psycopg.Connection[Any]

    @initialize()
    def begins(self) -> None:
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)
        self.seen: dict[str, datetime] = {}
        self.wrong: set[str] = set()
        self._do("update basepool.settings set alert_url = 'https://hooks.example.com/a'")

    def teardown(self) -> None:
        self.connection.rollback()

    def _do(self, query: str, *parameters: Any) -> list[Any]:
        cursor = self.connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    @rule(
        wrong=st.sets(st.sampled_from(["PoolDead", "QueueOld"])),
        seconds=st.sampled_from([0, 1, 60, 61, 300, 3600, 30_000]),
        is_complete=st.booleans(),
        is_heard=st.booleans(),
    )
    def somebody_looks(self, wrong: set[str], seconds: int, is_complete: bool, is_heard: bool) -> None:
        self.clock += timedelta(seconds=seconds)
        alarms = [{"name": name, "severity": "page", "says": "it is so"} for name in sorted(wrong)]
        self._do("select basepool._ring(%s, %s, %s)", self.clock, json.dumps(alarms), is_complete)
        if is_heard:
            self._do(
                "update basepool.alert_messages set due_at = null, sent_at = %s where due_at is not null", self.clock
            )
        self.seen |= dict.fromkeys(wrong, self.clock)
        self.wrong = wrong
        is_open = {name for (name,) in self._do("select name from basepool._list_alerts()")}
        assert wrong <= is_open
        if is_complete:
            assert all(self.clock - self.seen[name] < timedelta(hours=1) for name in is_open)

    @invariant()
    def each_opens_and_closes_once(self) -> None:
        if not hasattr(self, "clock"):
            return
        for opened, closed, is_closed in self._do(
            "select count(m.id) filter (where m.kind = 'opened'), count(m.id) filter (where m.kind = 'closed')"
            ", a.closed_at is not null from basepool.alerts as a"
            " left join basepool.alert_messages as m on m.alert_id = a.id group by a.id"
        ):
            assert (opened, closed) == (1, int(is_closed))
        # it has to be away for two minutes, and the longer the more often it comes
        assert (
            self._do("select from basepool.alerts as a where a.closed_at - a.last_seen_at < interval '2 minutes'") == []
        )
        assert (
            self._do(
                "select a.name from basepool.alerts as a inner join basepool.alerts as b"
                " on b.name = a.name and b.opened_at between a.opened_at and a.opened_at + interval '1 hour'"
                " group by a.id having count(*) > 6"
            )
            == []
        )


def test_whatever_comes_and_goes_opens_once_and_closes_once(database_url: str) -> None:
    explore(Flapping, database_url, examples=10)
