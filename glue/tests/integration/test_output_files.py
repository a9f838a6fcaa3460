"""What only connections at the same time can show of outputs: no file has two keepers, none waits for a transaction of the
app, and what was made is shown once, whoever stores the last of it. And each method of the glue."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import InvalidInput, NotFound
from tests.support import PATIENCE_SECONDS, Owner, eventually, user

_COMPLETE = """
with done as (
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, status, settled_at, completed_at, output_urls)
  select
    gen_random_uuid(), 'create', 'm', 'M', 'acme/painter', 'completed', now(), now()
    , array(select format('https://replicate.delivery/%%s/%%s.png', s.n, f.nth) from generate_series(1, %s) as f (nth))
  from generate_series(1, %s) as s (n)
  returning id
)

select array_agg(d.id) from done as d
"""
_CLAIM = "select * from basepool.claim_output_files(%s, %s)"
_RECORD = "select * from basepool.record_output_files(%s)"

# each write of the app's row, as anybody sees it
_NOTE_WRITES = """
create table public.written (id uuid not null);
create function public.note() returns trigger language plpgsql as
  'begin insert into public.written values (new.id); return null; end';
create trigger note after update on public.generations for each row execute function public.note();
"""

_WRONG = """
select g.id, g.output_urls, f.nth, f.state
from public.generations as g
inner join basepool.output_files as f on f.generation_id = g.id
where
  f.state not in ('stored', 'failed')
  or g.output_urls[f.nth] is distinct from case f.state when 'stored' then f.url else f.source_url end
"""


def _connect(url: str) -> psycopg.Connection[dict[str, Any]]:
    connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
    connection.execute("set lock_timeout = '60 s'")
    return connection


def _complete(owner: Owner, generations: int, files: int = 1) -> list[UUID]:
    """So many generations that have just been completed, with so many files each."""
    ids: list[UUID] = owner.value(_COMPLETE, files, generations)
    owner.rows("select basepool._expect_files(%s::uuid[], array_fill(null::text, array[%s]))", ids, len(ids))
    return ids


def _stored(file: dict[str, Any]) -> dict[str, Any]:
    return {
        "lease": str(file["lease"]),
        "outcome": "stored",
        "key": f"{file['key_hint']}.png",
        "url": f"https://cdn.example.com/{file['key_hint']}.png",
        "is_private": False,
        "size": 10,
        "sha256": "ab" * 32,
        "content_type": "image/png",
    }


def _failed(file: dict[str, Any], code: str) -> dict[str, Any]:
    return {"lease": str(file["lease"]), "outcome": "failed", "code": code, "error": "no luck"}


def _record(connection: psycopg.Connection[dict[str, Any]], *results: dict[str, Any]) -> list[str]:
    return [row["outcome"] for row in connection.execute(_RECORD, [json.dumps(results)]).fetchall()]


def _at_once(url: str, count: int, work: Callable[[psycopg.Connection[dict[str, Any]], int], Any]) -> list[Any]:
    """Run `work` on so many connections that all start at the same moment. Returns what each returned."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        with _connect(url) as connection:
            barrier.wait(PATIENCE_SECONDS)
            return work(connection, number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def _waits(owner: Owner, connection: psycopg.Connection[Any]) -> bool:
    return bool(
        owner.rows("select 1 from pg_catalog.pg_locks where pid = %s and not granted", connection.info.backend_pid)
    )


def test_no_file_is_given_to_two_claimers(database_url: str, owner: Owner) -> None:
    _complete(owner, 60, 5)

    def claim_all(connection: psycopg.Connection[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        files: list[dict[str, Any]] = []
        while found := connection.execute(_CLAIM, (f"keeper {number}", 1 + number)).fetchall():
            files += found
        return files

    files = [file for found in _at_once(database_url, 8, claim_all) for file in found]
    # who found the rest locked stopped early; what is left is there for the next one
    with _connect(database_url) as connection:
        files += claim_all(connection, 7)
    assert len(files) == 300
    assert len({(file["generation_id"], file["nth"]) for file in files}) == 300
    assert len({file["lease"] for file in files}) == 300
    assert {file["tries"] for file in files} == {1}


def test_the_last_two_files_are_stored_at_the_same_moment(database_url: str, owner: Owner) -> None:
    """Each sees the other's as still under way, and nobody would show what was made."""
    [generation] = _complete(owner, 1, 2)
    owner.rows(_NOTE_WRITES)
    with _connect(database_url) as one, _connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        first, second = one.execute(_CLAIM, ("keeper", 2)).fetchall()
        one.execute("begin")
        assert _record(one, _stored(first)) == ["stored"]
        waiting = pool.submit(_record, other, _stored(second))
        eventually(lambda: _waits(owner, other), "the wait for the other file")
        one.execute("commit")
        assert waiting.result(PATIENCE_SECONDS) == ["stored"]
    assert owner.rows(_WRONG) == []
    assert owner.rows("select id from public.written") == [(generation,)]


def test_many_store_the_files_of_a_few_at_once(database_url: str, owner: Owner) -> None:
    """In sets that overlap, in any order: no deadlock, and one write for each generation."""
    generations = _complete(owner, 6, 8)
    owner.rows(_NOTE_WRITES)
    with _connect(database_url) as connection:
        files = connection.execute(_CLAIM, ("keeper", 100)).fetchall()
    random.Random(7).shuffle(files)
    shares = [files[number::8] for number in range(8)]

    outcomes = _at_once(
        database_url,
        8,
        lambda connection, number: [
            outcome
            for start in (0, 3)
            for outcome in _record(connection, *map(_stored, shares[number][start : start + 3]))
        ],
    )
    assert Counter(outcome for found in outcomes for outcome in found) == {"stored": 48}
    assert owner.rows(_WRONG) == []
    assert Counter(id for (id,) in owner.rows("select id from public.written")) == dict.fromkeys(generations, 1)


def test_a_transaction_of_the_app_keeps_nobody_waiting(database_url: str, owner: Owner) -> None:
    held, free = _complete(owner, 2)
    with _connect(database_url) as app, _connect(database_url) as keeper:
        files = keeper.execute(_CLAIM, ("keeper", 2)).fetchall()
        app.execute("begin")
        app.execute("update public.generations set viewed = true where id = %s", [held])
        keeper.execute("set lock_timeout = '1 s'")
        assert _record(keeper, *map(_stored, files)) == ["stored", "stored"]
        shown = "select output_urls[1] like 'https://cdn.example.com/%%' from public.generations where id = %s"
        assert [owner.value(shown, id) for id in (held, free)] == [False, True]
        # it is still held when the next claim comes by
        owner.rows("update basepool.output_files set again_at = now() where again_at is not null")
        assert keeper.execute(_CLAIM, ("keeper", 2)).fetchall() == []
        assert owner.value(shown, held) is False
        app.execute("commit")
        owner.rows("update basepool.output_files set again_at = now() where again_at is not null")
        assert keeper.execute(_CLAIM, ("keeper", 2)).fetchall() == []
    assert owner.rows(_WRONG) == []
    assert owner.value("select viewed from public.generations where id = %s", held)
    assert owner.value("select count(*) from basepool.output_files where again_at is not null") == 0


def test_a_delete_that_is_not_over_keeps_nobody_waiting(database_url: str, owner: Owner) -> None:
    stored, storing = _complete(owner, 2)
    with _connect(database_url) as app, _connect(database_url) as keeper:
        files = {file["generation_id"]: file for file in keeper.execute(_CLAIM, ("keeper", 2)).fetchall()}
        assert _record(keeper, _stored(files[stored])) == ["stored"]
        app.execute("begin")
        app.execute("delete from public.generations")
        keeper.execute("set lock_timeout = '1 s'")
        leases = [files[storing]["lease"]]
        assert keeper.execute("select * from basepool.renew_output_files(%s)", [leases]).fetchall() == []
        assert _record(keeper, _stored(files[storing])) == ["lost"]
        assert keeper.execute(_CLAIM, ("keeper", 2)).fetchall() == []
        app.execute("rollback")

        # it was not meant: as before
        assert len(keeper.execute("select * from basepool.renew_output_files(%s)", [leases]).fetchall()) == 1
        app.execute("delete from public.generations")
        assert _record(keeper, _stored(files[storing])) == ["lost"]
        deleted = keeper.execute("select * from basepool.claim_deleted_files(9)").fetchall()
        assert {row["key"] for row in deleted} == {f"{file['key_hint']}.png" for file in files.values()}


_WORKERS = 10
_STEPS = 40


def test_a_file_is_lost_by_nobody_whatever_happens_at_the_same_time(database_url: str, owner: Owner) -> None:
    """Claims, results of all kinds, workers that die, retries, renewals, deletes and the app's own writes, all at once."""
    owner.rows('select basepool.configure(\'{"lease_time": "3 seconds"}\')')
    _complete(owner, 40, 3)
    errors: list[psycopg.Error] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = _connect(database_url)
        for _ in range(_STEPS):
            try:
                if connection.closed:
                    connection = _connect(database_url)
                one_step(connection, chance, f"keeper {seed}")
            except psycopg.OperationalError as error:
                # a deadlock is one, too
                if error.sqlstate:
                    errors.append(error)
                connection.close()
            except psycopg.Error as error:
                errors.append(error)
        connection.close()

    def one_step(connection: psycopg.Connection[dict[str, Any]], chance: random.Random, name: str) -> None:
        kind = chance.random()
        if kind < 0.05:
            # dies in the middle
            connection.execute("begin")
            connection.execute(_CLAIM, (name, 3))
            connection.close()
        elif kind < 0.10:
            connection.execute(
                "delete from public.generations where id = (select id from public.generations order by random() limit 1)"
            )
        elif kind < 0.15:
            connection.execute("select basepool.retry_output_files()")
        elif kind < 0.25:
            connection.execute("update public.generations set viewed = true where random() < 0.1")
        elif kind < 0.30:
            connection.execute(
                "select basepool.record_deleted_files(coalesce(jsonb_agg(jsonb_build_object("
                "'generation_id', c.generation_id, 'nth', c.nth, 'ok', random() < 0.7)), '[]'))"
                " from basepool.claim_deleted_files(5) as c"
            )
        elif kind < 0.35:
            # what is due later comes now
            connection.execute(
                "update basepool.output_files set again_at = now() where ctid = any(array(select ctid from"
                " basepool.output_files where again_at is not null order by random() limit 5 for update skip locked))"
            )
        else:
            files = connection.execute(_CLAIM, (name, chance.choice([1, 3, 8]))).fetchall()
            if not files or chance.random() < 0.1:
                # its worker is dead
                return
            connection.execute("select basepool.renew_output_files(%s)", [[file["lease"] for file in files]])
            chance.shuffle(files)
            _record(connection, *(result(chance, file) for file in files))

    def result(chance: random.Random, file: dict[str, Any]) -> dict[str, Any]:
        code = chance.choice([None, None, None, "source_gone", "store_failed", "interrupted"])
        return _failed(file, code) if code else _stored(file)

    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(work, range(_WORKERS)))
    assert errors == []

    def is_over() -> bool:
        owner.rows("update basepool.output_files set again_at = now() where again_at is not null and lease is null")
        with _connect(database_url) as connection:
            files = connection.execute(_CLAIM, ("last", 100)).fetchall()
            _record(connection, *map(_stored, files))
            connection.execute("select basepool.claim_deleted_files(1000)")
        return not owner.value("select count(*) from basepool.output_files where state in ('waiting', 'storing')")

    eventually(is_over, "the end of every file")
    assert is_over()
    assert owner.rows(_WRONG) == []
    # every row that is not about to be deleted has its generation, and every generation its files
    assert (
        owner.rows(
            "select f.state from basepool.output_files as f left join public.generations as g on g.id = f.generation_id"
            " where (g.id is null) <> (f.state = 'deleting')"
        )
        == []
    )
    assert owner.rows(
        "select distinct count(f.nth) from public.generations as g"
        " left join basepool.output_files as f on f.generation_id = g.id group by g.id"
    ) in ([(3,)], [])


@pytest.fixture
def settings(glue_url: str) -> Settings:
    return Settings(database_url=SecretStr(glue_url), db_timeout_seconds=PATIENCE_SECONDS)


async def test_the_glue_keeps_files(settings: Settings, owner: Owner) -> None:
    [generation] = _complete(owner, 1, 3)
    async with Database.open(settings) as database:
        first, second, third = await database.claim_output_files(worker="keeper", max=3)
        assert (first.generation_id, first.tries, first.max_bytes) == (generation, 1, 2_000_000_000)
        assert first.source_url.startswith("https://replicate.delivery/1/")
        assert first.key_hint.split("/") == [str(first.user_id), str(generation), str(first.nth)]
        assert await database.renew_output_files(leases=[first.lease, uuid4()]) == {first.lease}

        # what a library, a source or a store says is no reason to lose the others
        results = [
            {
                "lease": first.lease,
                "outcome": "stored",
                "key": f"{first.key_hint}.mp4",
                "url": "https://cdn.example.com/1.mp4",
                "is_private": True,
                "size": 5,
                "sha256": "cd" * 32,
                "content_type": "video/mp4",
                "seconds": float("nan"),
            },
            {
                "lease": second.lease,
                "outcome": "failed",
                "code": "too_large",
                "error": "r8_secret_token\x00 \ud800 is it",
            },
            {"lease": third.lease, "outcome": "failed", "code": "store_failed", "error": None, "retry_after": 1.5},
            {"lease": third.lease, "outcome": "stored"},
        ]
        said = await database.record_output_files(results=results)
        assert [row["outcome"] for row in said] == ["stored", "failed", "waiting", "lost"]
        [failed] = await database.list_output_files(state="failed")
        assert failed["error"] == "r8_… ? is it"

        page = await database.list_output_files(generation=generation, max=2)
        rest = await database.list_output_files(after=(page[-1]["generation_id"], page[-1]["nth"]))
        assert [row["nth"] for row in page + rest] == [1, 2, 3]
        assert await database.retry_output_files(generation=generation) == 1
        with pytest.raises(NotFound):
            await database.retry_output_files(generation=uuid4())
        with pytest.raises(InvalidInput):
            await database.keep_outputs()
        assert await database.keep_outputs(generation=generation) == 0

        known = f"{first.key_hint}.mp4"
        assert await database.find_unknown_keys(keys=[known, "a\x00b"]) == {"a\ufffdb"}
        secret = await database.get_output_secret()
        assert (await database.get_output_secret()).get_secret_value() == secret.get_secret_value()

        owner.rows("delete from public.generations")
        [deleted] = await database.claim_deleted_files(max=9)
        assert (deleted["key"], deleted["thumb_key"]) == (known, None)
        gone = await database.record_deleted_files(results=[deleted | {"ok": True}])
        assert [row["outcome"] for row in gone] == ["deleted"]
        assert await database.list_output_files() == []


def test_a_result_is_not_lost_because_its_lease_is_renewed_meanwhile(database_url: str, owner: Owner) -> None:
    """A worker renews all leases once a second, also of what is just being recorded."""
    _complete(owner, 1, files=3)
    with _connect(database_url) as one, _connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        files = one.execute(_CLAIM, ("one", 3)).fetchall()
        with one.transaction():
            one.execute("select basepool.renew_output_files(%s)", ([file["lease"] for file in files],))
            recording = pool.submit(
                lambda: other.execute(_RECORD, (Jsonb([_stored(each) for each in files]),)).fetchall()
            )
            waits = "select count(*) from pg_locks where not granted and locktype = 'transactionid'"
            eventually(lambda: recording.done() or owner.value(waits), "one that waits for the other")
        assert [row["outcome"] for row in recording.result(PATIENCE_SECONDS)] == ["stored"] * 3


def test_whoever_deletes_what_is_recorded_is_not_waited_for_long(database_url: str, owner: Owner) -> None:
    [id] = _complete(owner, 1)
    with _connect(database_url) as one, _connect(database_url) as other:
        files = one.execute(_CLAIM, ("one", 1)).fetchall()
        with one.transaction():
            one.execute("select 1 from basepool.output_files where generation_id = %s for update", (id,))
            rows = other.execute(_RECORD, (Jsonb([_stored(each) for each in files]),)).fetchall()
        assert [row["outcome"] for row in rows] == ["lost"]


def test_what_a_worker_lost_is_kept_by_another(database_url: str, owner: Owner) -> None:
    """From the prediction to the lasting link, with a worker that dies in between."""
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', null, 5)")
    owner.rows('select basepool.configure(\'{"lease_time": "3 seconds"}\')')
    generation = owner.submit(1)
    prediction = {"id": "p1", "status": "succeeded", "output": ["https://replicate.delivery/a.png"]}
    owner.rows("select basepool.apply_prediction(%s, %s, 'poll')", owner.claim()["attempt_id"], json.dumps(prediction))
    with _connect(database_url) as connection:
        [dead] = connection.execute(_CLAIM, ("dead", 5)).fetchall()
        [taken] = eventually(lambda: connection.execute(_CLAIM, ("heir", 5)).fetchall(), "the end of the lease")
        assert (taken["generation_id"], taken["tries"]) == (generation, 2)
        assert _record(connection, _stored(dead), _stored(taken)) == ["lost", "stored"]
    assert owner.rows(_WRONG) == []
    assert owner.value("select user_id from basepool.output_files") == user(1)
