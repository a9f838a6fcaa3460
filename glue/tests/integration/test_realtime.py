"""What a user's page is told, with real commits: one message per user and transaction, nothing of what was rolled back, and
nobody who settles ever fails for it."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest

from dev.devserver import PROJECT
from tests.support import PATIENCE_SECONDS, Owner, user

_REALTIME = (PROJECT / "db" / "tests" / "realtime.psql").read_text()
_MESSAGES = "select substr(topic, 13)::uuid, payload from realtime.messages order by ctid"
_SUBMIT = "select public.submit_generation('acme/painter', '{}', p_user_id => %s)"
_FAIL = "select basepool._settle_generation(%s, 'failed', 'no')"
_A_MINUTE_LATER = "select set_config('basepool.frozen_now', (clock_timestamp() + interval '1 minute')::text, true)"
_SIGN_IN = "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)"


@pytest.fixture
def owner(owner: Owner, database_url: str) -> Owner:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_REALTIME.encode())
    owner.rows(
        'select basepool.configure(\'{"realtime": true, "user_active_limit": 1000, "user_submits_per_minute": 601}\')'
    )
    return owner


@pytest.fixture
def other(database_url: str, owner: Owner) -> Iterator[Owner]:
    """Another session."""
    with Owner(database_url) as another:
        yield another


def _told(owner: Owner) -> list[tuple[UUID, dict[UUID, str]]]:
    """Who was told what, in order; told once."""
    messages = owner.rows(_MESSAGES)
    owner.rows("truncate realtime.messages")
    return [
        (whom, {UUID(change["id"]): change["status"] for change in payload["changes"]}) for whom, payload in messages
    ]


def test_a_transaction_tells_each_user_once(owner: Owner, other: Owner) -> None:
    owner.rows("begin")
    mine = [owner.submit(1) for _ in range(5)]
    his = [owner.submit(2) for _ in range(3)]
    assert other.rows(_MESSAGES) == []
    owner.rows("commit")
    assert dict(_told(owner)) == {user(1): dict.fromkeys(mine, "pending"), user(2): dict.fromkeys(his, "pending")}

    owner.rows("begin")
    for generation in (*mine, *his):
        owner.rows(_FAIL, generation)
    owner.rows("commit")
    told = _told(owner)
    assert len(told) == 2
    assert dict(told) == {user(1): dict.fromkeys(mine, "failed"), user(2): dict.fromkeys(his, "failed")}


def test_what_is_rolled_back_is_told_to_nobody(owner: Owner) -> None:
    owner.rows("begin")
    owner.submit(1)
    owner.rows("rollback")
    assert _told(owner) == []

    owner.rows("begin")
    kept = owner.submit(1)
    owner.rows("savepoint here")
    owner.submit(1)
    owner.submit(2)
    owner.rows(_FAIL, kept)
    owner.rows("rollback to here")
    owner.rows("commit")
    assert _told(owner) == [(user(1), {kept: "pending"})]


def test_a_signed_in_user_who_submits_is_told(owner: Owner) -> None:
    """By what his own transaction may not do."""
    owner.rows("begin")
    owner.rows(_SIGN_IN, json.dumps({"sub": str(user(1)), "role": "authenticated"}))
    generation = owner.value("select public.submit_generation('acme/painter', '{}')")
    owner.rows("commit")
    assert _told(owner) == [(user(1), {generation: "pending"})]


def test_a_send_that_fails_fails_nobody(owner: Owner) -> None:
    for failure in (
        "alter table realtime.messages add constraint never check (false) not valid",
        "create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)"
        " returns void language plpgsql as $$ begin raise exception 'no' using errcode = '40001'; end $$",
        "drop schema realtime cascade; create schema realtime; create function realtime.send(jsonb, text, text, boolean)"
        " returns integer language sql as 'select 1 / 0'",
    ):
        owner.rows(failure)
        generation = owner.submit(1)
        assert owner.value(_FAIL, generation) is True
        assert owner.value("select status from public.generations where id = %s", generation) == "failed"
        assert owner.value("select count(*) from basepool.unsent_changes") == 0


def test_a_locked_realtime_keeps_nobody_waiting_for_long(owner: Owner, other: Owner) -> None:
    """Each user's message is given up after a fifth of a second, and after a second nobody is told any more."""
    generations = [owner.submit(number) for number in range(1, 31)]
    _told(owner)
    other.rows("begin")
    other.rows("lock table realtime.messages in access exclusive mode")
    owner.rows("begin")
    for generation in generations:
        owner.rows(_FAIL, generation)
    # it returns while the table is locked
    owner.rows("commit")
    other.rows("rollback")
    assert owner.statuses() == {"failed": 30}
    assert _told(owner) == []


def test_without_realtime_a_notification_takes_its_place(owner: Owner, other: Owner, database_url: str) -> None:
    owner.rows("drop schema realtime cascade")
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen basepool_changes")
        owner.rows("begin")
        owner.submit(2)
        owner.rows("rollback")
        owner.rows("begin")
        mine = [str(owner.submit(1)) for _ in range(3)]
        owner.rows("commit")
        many = "select public.submit_generation('acme/painter', '{}', p_user_id => %s) from generate_series(1, 300)"
        other.rows(many, user(2))
        told = [json.loads(heard.payload) for heard in listener.notifies(timeout=PATIENCE_SECONDS, stop_after=2)]
    first, second = told
    assert first == {
        "v": 1,
        "user": str(user(1)),
        "changes": [{"id": generation, "status": "pending"} for generation in sorted(mine)],
    }
    assert (second["user"], second["more"], len(second["changes"])) == (str(user(2)), True, 80)


def test_transactions_at_the_same_time_tell_what_each_has_done(owner: Owner, database_url: str) -> None:
    """Eight sessions, four users, sets that overlap in users and not in generations; a third of them is rolled back."""
    clients, rounds = 8, 12
    expected: list[tuple[UUID, int]] = []
    barrier = threading.Barrier(clients)

    def work(number: int) -> list[tuple[UUID, int]]:
        chance = random.Random(number)
        done: list[tuple[UUID, int]] = []
        with psycopg.connect(database_url) as connection:
            barrier.wait(PATIENCE_SECONDS)
            for _ in range(rounds):
                # in one order: a submit locks its user
                users = sorted(chance.choices(range(1, 5), k=chance.randint(1, 6)))
                for one in users:
                    connection.execute(_SUBMIT, (user(one),))
                if chance.random() < 0.33:
                    connection.rollback()
                else:
                    connection.commit()
                    done += [(user(one), count) for one, count in Counter(users).items()]
        return done

    with ThreadPoolExecutor(clients) as pool:
        for done in pool.map(work, range(clients)):
            expected += done
    told = _told(owner)
    assert Counter((whom, len(changes)) for whom, changes in told) == Counter(expected)
    names = [generation for _, changes in told for generation in changes]
    assert len(names) == len(set(names)) == owner.value("select count(*) from public.generations")
    assert owner.value("select count(*) from basepool.unsent_changes") == 0


class _Client(threading.Thread):
    """A page of user `number` that polls, as the documents tell it to."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(daemon=True)
        self.known: dict[UUID, str] = {}
        self.is_last = threading.Event()
        self._url = url
        self._claims = json.dumps({"sub": str(user(number)), "role": "authenticated"})

    def run(self) -> None:
        since: Any = None
        with psycopg.connect(self._url) as connection:
            while True:
                is_last = self.is_last.is_set()
                connection.execute("select pg_sleep(0.01)")
                while True:
                    if is_last:
                        # what has changed in the last 15 seconds may be more than a page
                        connection.execute(_A_MINUTE_LATER)
                    connection.execute(_SIGN_IN, (self._claims,))
                    rows = connection.execute("select * from public.get_generation_changes(%s, 7)", (since,)).fetchall()
                    connection.rollback()
                    self.known |= {generation: status for generation, status, _, _ in rows}
                    if not rows:
                        break
                    *_, changed_at, since = rows[-1]
                    if since != changed_at:
                        break
                if is_last:
                    return


def test_who_polls_misses_nothing_that_is_committed_late(owner: Owner, database_url: str) -> None:
    """Transactions write down their times and commit at some other time, in another order."""

    def work(number: int) -> None:
        chance = random.Random(number)
        with psycopg.connect(database_url) as connection:
            for _ in range(12):
                row = connection.execute(_SUBMIT, (user(number),)).fetchone()
                connection.execute("select pg_sleep(%s)", (chance.random() / 4,))
                connection.commit()
                connection.execute(_FAIL, row)
                connection.execute("select pg_sleep(%s)", (chance.random() / 4,))
                connection.commit()

    clients = [_Client(database_url, 1), _Client(database_url, 2)]
    for client in clients:
        client.start()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (1, 2)))
    for number, client in enumerate(clients, 1):
        client.is_last.set()
        client.join(PATIENCE_SECONDS)
        assert client.known == dict(
            owner.rows("select id, status from public.generations where user_id = %s", user(number))
        )
        assert set(client.known.values()) == {"failed"}
