"""The outages: what strikes, what has to be said of it, and how long it lasts."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psutil
import psycopg
from psycopg.types.json import Jsonb

from basepool import version
from basepool.version import DB_DIR
from tests.outages.stage import MODELS, Stage
from tests.stand_ins import SERVICE_KEY, SupabaseStorage, listening
from tests.support import PATIENCE_SECONDS, eventually

Look = Callable[[list[UUID]], list[str]]


@dataclass(frozen=True)
class Outage:
    """What `strikes` as long as the context lasts, and what `says` (a regular expression) it."""

    name: str
    strikes: Callable[[Stage], AbstractContextManager[None]]
    says: str
    lasts: float = 20
    """Seconds; longer where nobody has said it yet."""
    stands: Callable[[Stage], AbstractContextManager[Look]] = lambda _: nullcontext(lambda _: [])
    """What has to stand on the stage before, and how to look afterwards what it has lost of these generations."""


@contextmanager
def _postgres_dies(stage: Stage) -> Iterator[None]:
    stage.server.crash()
    try:
        yield
    finally:
        stage.server.restart()


@contextmanager
def _postgres_freezes(stage: Stage) -> Iterator[None]:
    postmaster = psutil.Process(stage.server.pid)
    frozen = [postmaster, *postmaster.children(recursive=True)]
    try:
        for process in frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def _postgres_has_no_connection_left(stage: Stage) -> Iterator[None]:
    stage.rows("alter role basepool_glue connection limit 0")
    try:
        stage.rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'basepool_glue'")
        yield
    finally:
        stage.rows("alter role basepool_glue connection limit -1")


def _somebody(statement: str) -> Callable[[Stage], AbstractContextManager[None]]:
    """Somebody who has done `statement` and leaves his transaction open."""

    @contextmanager
    def strikes(stage: Stage) -> Iterator[None]:
        with psycopg.connect(stage.url, application_name="a migration") as connection:
            connection.execute(statement.encode())
            yield
            connection.rollback()

    return strikes


_FULL_DISK = """
create function public.disk_full() returns trigger language plpgsql as
$$ begin raise sqlstate '53100' using message = 'could not extend file: No space left on device'; end $$;
"""


@contextmanager
def _the_disk_is_full(stage: Stage) -> Iterator[None]:
    """What has to grow is refused: rows that fit into a page that is there can still be changed."""
    tables = ("seats", "attempts", "webhook_events")
    stage.rows(_FULL_DISK)
    try:
        for table in tables:
            stage.rows(
                f"create trigger disk_full before insert or update on basepool.{table}"
                " for each statement execute function public.disk_full()"
            )
        yield
    finally:
        stage.rows("drop function public.disk_full() cascade")


@contextmanager
def _pg_cron_stands_still(stage: Stage) -> Iterator[None]:
    """As it looks when a job has missed three of its runs."""
    [(pid,)] = stage.rows("select pid from pg_stat_activity where backend_type = 'pg_cron launcher'")
    stage.rows("select basepool.run_job('rollup')")
    launcher = psutil.Process(pid)
    launcher.suspend()
    try:
        stage.rows("update basepool.job_runs set started_at = now() - interval '15 minutes' where job = 'rollup'")
        yield
    finally:
        launcher.resume()


@contextmanager
def _the_database_is_of_another_release(stage: Stage) -> Iterator[None]:
    """It was migrated under running processes, to a release that serves them no longer; then they are updated, here: it goes
    back."""
    [path] = DB_DIR.glob("functions/*/schema_version.sql")
    ours = path.read_text()
    number = version.ours().version
    theirs = re.sub(
        r"select \d+ as version, \d+ as oldest", f"select {number + 2} as version, {number + 1} as oldest", ours
    )
    assert theirs != ours
    stage.rows(theirs)
    try:
        yield
        assert stage.worker
        assert stage.worker.wait(PATIENCE_SECONDS) == 2
        stage.worker.end()
    finally:
        stage.rows(ours)
    stage.start_worker()


@contextmanager
def _the_worker_is_killed(stage: Stage) -> Iterator[None]:
    assert stage.worker
    stage.worker.end()
    yield
    stage.start_worker()


@contextmanager
def _serve_is_killed(stage: Stage) -> Iterator[None]:
    assert stage.serve
    stage.serve.end()
    yield
    stage.start_serve()


@contextmanager
def _the_public_url_leads_nowhere(stage: Stage) -> Iterator[None]:
    # how long silence is normal has been learnt
    stage.rows("select basepool.run_job('rollup')")
    stage.stop_worker()
    stage.start_worker(PUBLIC_URL="http://127.0.0.1:9")
    yield
    stage.stop_worker()
    stage.start_worker()


@contextmanager
def _the_webhook_secret_is_rotated(stage: Stage) -> Iterator[None]:
    accounts = [account["username"] for account in stage.replicate.state()["accounts"]]
    for number, username in enumerate(accounts):
        stage.replicate.set_account(username, webhook_secret=f"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS{'wxyz'[number]}")
    yield
    stage.command("tokens", "check", "--all")


@contextmanager
def _the_apps_hook_raises(stage: Stage) -> Iterator[None]:
    """As in the documents, where there is no public.users."""
    stage.rows(
        "create function public.on_generation_settled(g uuid, outcome text) returns void language plpgsql as"
        " $$ begin update public.users set credits = credits + 1; end $$"
    )
    try:
        yield
    finally:
        stage.rows("drop function public.on_generation_settled(uuid, text)")


def _every(fault: str) -> Callable[[Stage], AbstractContextManager[None]]:
    """Replicate does it to everybody."""

    @contextmanager
    def strikes(stage: Stage) -> Iterator[None]:
        stage.replicate.set_faults({fault: 1})
        yield
        stage.replicate.set_faults({fault: 0})

    return strikes


@contextmanager
def _one_model_fails(stage: Stage) -> Iterator[None]:
    error = "Service is temporarily unavailable due to high demand. Please try again later. (E003)"
    stage.replicate.configure(scripts={MODELS[0]: {"error": error}})
    yield
    stage.replicate.configure(scripts={})


def _every_account(**changes: object) -> Callable[[Stage], AbstractContextManager[None]]:
    """So it is with all of them, until the owner has put it right and says so."""

    @contextmanager
    def strikes(stage: Stage) -> Iterator[None]:
        accounts = [account["username"] for account in stage.replicate.state()["accounts"]]
        was = {"credit": "ok", "revoked": False}
        for username in accounts:
            stage.replicate.set_account(username, **changes)
        yield
        for username in accounts:
            stage.replicate.set_account(username, **{name: was[name] for name in changes})
        for (token,) in stage.rows("select id from public.replicate_tokens order by id"):
            stage.command("tokens", "enable", str(token))

    return strikes


@contextmanager
def _two_workers_one_stands_still(stage: Stage) -> Iterator[None]:
    assert stage.worker
    frozen = stage.worker
    stage.start_worker()
    # else it would have come in the place of the one that is gone
    both = "select count(*) = 2 and min(heard_at) > max(since) from basepool.workers"
    eventually(lambda: stage.rows(both) == [(True,)], "another worker beside it")
    psutil.Process(frozen.pid).suspend()
    try:
        yield
    finally:
        psutil.Process(frozen.pid).resume()
        frozen.end()


@contextmanager
def _a_store(stage: Stage) -> Iterator[Look]:
    """Supabase's Storage, into which all outputs go."""
    stage.storage = SupabaseStorage()
    with listening(stage.storage.app()) as supabase:
        stage.stop_worker()
        stage.start_worker(
            STORE_URL="supabase://outputs",
            SUPABASE_URL=supabase,
            SUPABASE_SERVICE_KEY=SERVICE_KEY,
            STORE_SOURCES="127.0.0.1",
        )
        stage.rows("select basepool.configure(%s)", Jsonb({"keep_outputs": True}))
        yield partial(_files_lost, stage)
        stage.rows("select basepool.configure(%s)", Jsonb({"keep_outputs": False}))
        stage.stop_worker()
        stage.start_worker()


def _files_lost(stage: Stage, ids: list[UUID]) -> list[str]:
    """Whose file is not in the store, or is there twice."""
    states = "select state, count(*) from basepool.output_files where generation_id = any(%s) group by 1"
    stage.wait(lambda: dict(stage.rows(states, ids)).keys() <= {"stored", "failed"}, PATIENCE_SECONDS)
    files = dict(stage.rows(states, ids))
    found = [f"{count} files are {state}" for state, count in files.items() if state != "stored"]
    keys = {key for (key,) in stage.rows("select key from basepool.output_files where state = 'stored'")}
    there = {key for key in stage.storage.objects if "-thumb." not in key}
    if sum(files.values()) < len(ids):
        found.append(f"{len(ids)} generations have {sum(files.values())} files")
    if keys != there:
        found.append(f"{len(keys - there)} files are not in the store, {len(there - keys)} there are nobody's")
    return found


@contextmanager
def _the_store_takes_nothing(stage: Stage) -> Iterator[None]:
    stage.storage.is_down = True
    yield
    stage.storage.is_down = False


@contextmanager
def _the_store_says_nothing(stage: Stage) -> Iterator[None]:
    stage.storage.is_silent = True
    yield
    stage.storage.is_silent = False


_GONE = "the database is not ready|the database can't be reached|the database was silent"
_HELD = r"pid \d+ \(a migration"

OUTAGES = (
    Outage("Postgres dies", _postgres_dies, _GONE),
    Outage("Postgres stands still", _postgres_freezes, _GONE),
    Outage("no connection is left", _postgres_has_no_connection_left, "connections are taken"),
    Outage("the disk is full", _the_disk_is_full, r"can't claim: .*no space left on device"),
    Outage("a row of accounts is locked", _somebody("update basepool.accounts set username = username"), _HELD),
    Outage(
        "replicate_tokens is locked", _somebody("lock table public.replicate_tokens in access exclusive mode"), _HELD
    ),
    Outage("generations is locked", _somebody("lock table public.generations in access exclusive mode"), _HELD),
    Outage("pg_cron stands still", _pg_cron_stands_still, r"the job rollup has not run"),
    Outage("the database is of another release", _the_database_is_of_another_release, "TP011"),
    Outage("the worker is killed", _the_worker_is_killed, r"worker worker-\d has not been heard of"),
    Outage("one of two workers stands still", _two_workers_one_stands_still, r"worker worker-\d has not been heard of"),
    Outage("serve is killed", _serve_is_killed, "serve does not answer"),
    Outage("PUBLIC_URL leads nowhere", _the_public_url_leads_nowhere, "its PUBLIC_URL must lead to"),
    Outage("the webhook secret is rotated", _the_webhook_secret_is_rotated, "tokens check --all"),
    Outage("the app's hook raises", _the_apps_hook_raises, "TP024"),
    Outage("the store takes nothing", _the_store_takes_nothing, "the store takes nothing", stands=_a_store),
    Outage("the store says nothing", _the_store_says_nothing, "does the store answer|the store takes", stands=_a_store),
    Outage("creates answer 500", _every("server_error=500"), "Replicate", lasts=90),
    Outage("creates answer 500, and are made", _every("server_error_after_create=500"), "Replicate", lasts=90),
    Outage("one model fails (E003)", _one_model_fails, MODELS[0], lasts=90),
    Outage("Replicate refuses connections", lambda stage: stage.wire.refused(), "Replicate", lasts=90),
    Outage("Replicate says nothing", lambda stage: stage.wire.silent(), "hands of worker|Replicate", lasts=90),
    Outage("creates take half a minute", _every("slow=30"), "hands of worker", lasts=60),
    Outage("429 to everybody", _every("throttled=5"), "no token can take", lasts=30),
    Outage("no account has credit (402), then paid", _every_account(credit="none"), "no token can take", lasts=30),
    Outage("all tokens are revoked (401), then enabled", _every_account(revoked=True), "no token can take", lasts=30),
)


def named(name: str) -> Outage:
    """The outage of that name."""
    return next(outage for outage in OUTAGES if outage.name == name)
