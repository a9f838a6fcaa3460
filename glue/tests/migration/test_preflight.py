"""What can't work is said before anything is changed, all of it at once, and each point with the statement that mends it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from basepool import paste, preflight
from basepool.errors import PreflightFailed
from basepool.migrate import migrate
from dev.devserver import DevServer
from tests.pooler import Pooler
from tests.support import Owner, basepool

_numbers = itertools.count(1)
_OWNED: LiteralString = """
select format('alter table %%s owner to %%I', c.oid::regclass, %(role)s::text) from pg_class as c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm')
union all
select format('alter function %%s owner to %%I', p.oid::regprocedure, %(role)s::text) from pg_proc as p
where
  p.pronamespace = 'public'::regnamespace and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
"""
_SCHEMA: LiteralString = """
select c.oid::regclass::text, coalesce(c.relacl::text, ''), c.relowner from pg_class as c
where c.relnamespace::regnamespace::text in ('public', 'basepool', 'auth')
union all
select p.oid::regprocedure::text, coalesce(p.proacl::text, ''), p.proowner from pg_proc as p
where p.pronamespace::regnamespace::text in ('public', 'basepool', 'auth')
union all
select a.attrelid::regclass::text || '.' || a.attname, '', 0 from pg_attribute as a
where a.attrelid = to_regclass('public.generations')
order by 1
"""


@pytest.fixture
def root_url(platform_url: str) -> str:
    """The platform's database for what its owner may not do."""
    return re.sub(r"//\w+@", "//postgres@", platform_url)


@pytest.fixture
def app_owner(root_url: str) -> Iterator[Callable[[str], str]]:
    """Roles that are no superusers: each call makes one. The first owns the platform's tables and functions, as on Supabase."""
    made: list[str] = []

    def make(options: str = "") -> str:
        role = f"plain_{next(_numbers)}"
        with psycopg.connect(root_url, autocommit=True) as connection:
            connection.execute(f"create role {role} login {options}".encode())
            made.append(role)
            if len(made) == 1:
                database = root_url.rsplit("/", 1)[-1]
                connection.execute(f"grant create on database {database} to {role}".encode())
                connection.execute(f"grant usage, create on schema public to {role}".encode())
                connection.execute(f"grant usage on schema auth to {role} with grant option".encode())
                for (statement,) in connection.execute(_OWNED, {"role": role}).fetchall():
                    connection.execute(statement.encode())
        return role

    yield make
    with psycopg.connect(root_url, autocommit=True) as connection:
        for role in made:
            connection.execute(f"drop owned by {role} cascade".encode())
            connection.execute(f"drop role {role}".encode())


@pytest.fixture
def plain_url(root_url: str, app_owner: Callable[[str], str]) -> str:
    """The platform's database as its owner, who may do what an owner may and no more."""
    return root_url.replace("//postgres@", f"//{app_owner('')}@")


def _do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _look(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(_SCHEMA).fetchall()


def _fails(url: str, **options: Any) -> list[str]:
    """What is said when migrate fails before it has changed anything."""
    before, said = _look(url), list[str]()
    with pytest.raises(PreflightFailed) as caught:
        migrate(url, echo=said.append, **options)
    assert caught.value.code == "TP043"
    assert _look(url) == before
    return [line for line in said if line.startswith("stops: ")]


def _stops(said: list[str]) -> list[str]:
    """Without what mends them."""
    return sorted(re.findall(r"^stops: (.*)", "\n".join(said), re.M))


def _mends(said: list[str]) -> list[str]:
    return [line.partition("\n  mend: ")[2] for line in said]


def _warnings(url: str) -> str:
    said: list[str] = []
    migrate(url, echo=said.append, dry_run=True)
    return "\n".join(line for line in said if line.startswith("warning: "))


def test_an_owner_who_is_no_superuser_adopts_his_database(plain_url: str) -> None:
    said: list[str] = []
    migrate(plain_url, echo=said.append)
    assert [line for line in said if line.startswith("stops")] == []
    said.clear()
    migrate(plain_url, echo=said.append)
    assert "nothing to do" in said[-1]


def test_nothing_is_said_of_an_empty_database(empty_database_url: str) -> None:
    said: list[str] = []
    migrate(empty_database_url, echo=said.append, dry_run=True)
    assert [line for line in said if not line.startswith("would ") and "pg_cron" not in line] == []


def test_all_is_said_at_once_and_each_statement_mends_it(
    root_url: str, plain_url: str, app_owner: Callable[[str], str]
) -> None:
    other = app_owner("")
    _do(root_url, f"alter function public.get_next_replicate_token() owner to {other}")
    _do(root_url, f"alter table public.generations owner to {other}")
    _do(root_url, "revoke create on schema public from public")
    me = plain_url.partition("//")[2].partition("@")[0]
    _do(root_url, f"revoke create on schema public from {me}")
    _do(root_url, f"revoke create on database {root_url.rsplit('/', 1)[-1]} from {me}")
    _do(root_url, "create function public.submit_generations(p_items jsonb) returns void language sql as ''")
    _do(root_url, "create table public.replicate_tokens_fingerprint_key ()")
    _do(root_url, "alter table public.generations add column queued_at text, add column idempotency_key integer")
    _do(root_url, "create schema basepool; create table basepool.things ()")

    said = _fails(plain_url)
    assert _paste(plain_url) == _stops(said)

    assert len(said) == 9
    for word in (
        "belongs to",
        "may create nothing in the schema public",
        "may create no schema in this database",
        "submit_generations(jsonb) is there already",
        "is there already and is no index",
        "queued_at is text",
        "idempotency_key is integer",
        "something else is in it",
    ):
        assert word in "\n".join(said)
    assert _fails(plain_url, dry_run=True) == said
    for statement in _mends(said):
        assert statement.endswith(";")
        _do(root_url, statement)
    migrate(plain_url, echo=lambda *_: None)


def test_the_command_says_it_and_exits_with_2(root_url: str, plain_url: str) -> None:
    _do(root_url, "alter table public.generations owner to postgres")
    done = basepool("migrate", "--dry-run", DATABASE_URL=plain_url)
    assert done.returncode == 2
    assert "would apply migration  0003_adopt_app_tables.sql" in done.stdout
    assert "mend: alter table public.generations owner to plain_" in done.stdout
    assert "error TP043: public.generations belongs to postgres" in done.stderr
    assert _look(root_url) == _look(plain_url)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("alter table public.generations rename column replicate_model to model", "lacks the column replicate_model"),
        ("alter table public.generations force row level security", "forced on its owner"),
        (
            "create trigger admit_generation before insert on public.generations for each row"
            " execute function public.update_generation_status()",
            "a trigger admit_generation already",
        ),
        (
            "create policy users_insert_only_pending on public.generations for insert with check (true)",
            "a policy users_insert_only_pending already",
        ),
        ("alter sequence public.replicate_tokens_id_seq rename to tokens_id", "takes its ids from another place"),
        ("create view public.next_token as select * from public.get_next_replicate_token()", "used by"),
        (
            "create schema basepool; create function basepool.now() returns int language sql as 'select 1'",
            "something else",
        ),
        (
            "alter table public.generations rename to made; create view public.generations as select * from public.made",
            "is a view and no table",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_what_can_not_work_is_said_before(root_url: str, plain_url: str, change: str, says: str) -> None:
    with psycopg.connect(root_url) as connection:
        role = plain_url.partition("//")[2].partition("@")[0]
        for statement in change.split("; "):
            connection.execute(statement.encode())
        if "create view public.generations" in change:
            connection.execute(f"alter view public.generations owner to {role}".encode())
    found = _fails(plain_url) if "next_token" not in change else _said(plain_url)
    assert any(says in line for line in found), found
    if _stops(found):
        assert _paste(plain_url) == _stops(found)
    for statement in _mends([line for line in found if line.startswith("stops")]):
        if "view" not in statement:
            _do(root_url, statement)
    if "create view public.generations" not in change:
        migrate(plain_url, echo=lambda *_: None)


@functools.cache
def _script() -> str:
    said: list[str] = []
    paste.dump("", kind="adopt", part=1, echo=said.append)
    return "\n".join(said)


def _paste(url: str) -> list[str]:
    """What a pasted script says, which stops at it before it has changed anything."""
    before = _look(url)
    with psycopg.connect(url, autocommit=True) as connection, contextlib.ExitStack() as refused:
        caught = refused.enter_context(pytest.raises(psycopg.Error))
        connection.execute(_script().encode())
    assert caught.value.sqlstate == "TP043", caught.value
    assert _look(url) == before
    return sorted((caught.value.diag.message_detail or "").splitlines())


def _said(url: str) -> list[str]:
    """Whether it stops or not, which is another matter."""
    said: list[str] = []
    with contextlib.suppress(PreflightFailed):
        migrate(url, echo=said.append, dry_run=True)
    return said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("create function public.submit_generation(p_id uuid) returns void language sql as ''", "stays beside"),
        (
            "create function public.newest() returns setof public.generations language sql as"
            " 'select g.* from public.generations as g limit 1'",
            "returns rows of a table that gets columns",
        ),
        ("alter table public.generations alter column model_name type varchar(200)", "model_name is character varying"),
        (
            "analyze public.generations; update pg_class set reltuples = 2000000 where oid = 'public.generations'::regclass",
            "about 2000000 rows",
        ),
        (
            "create function public.watch() returns event_trigger language plpgsql as 'begin end';"
            " create event trigger watch_ddl on ddl_command_end execute function public.watch();"
            " update pg_event_trigger set evtowner ="
            " (select relowner from pg_class where oid = 'public.generations'::regclass)",
            "event trigger watch_ddl calls",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_what_may_surprise_is_said_and_stops_nothing(root_url: str, plain_url: str, change: str, says: str) -> None:
    _do(root_url, change)
    assert says in _warnings(plain_url)
    migrate(plain_url, echo=lambda *_: None)


def test_roles_that_are_missing_need_who_can_create_them(
    plain_url: str, monkeypatch: pytest.MonkeyPatch, root_url: str
) -> None:
    """Roles belong to the whole cluster, so another name stands for one that is not there."""
    name = f"glue_{next(_numbers)}"
    monkeypatch.setattr(preflight, "_ROLES", preflight._ROLES | {name: ""})
    [said] = _fails(plain_url)
    assert f"create role {name} nologin noinherit;" in said
    me = plain_url.partition("//")[2].partition("@")[0]
    _do(root_url, f"alter role {me} createrole")
    migrate(plain_url, echo=lambda *_: None)


@pytest.mark.parametrize("role", ["basepool_glue", "basepool_operator"])
def test_a_role_of_our_name_that_may_too_much_is_refused(plain_url: str, root_url: str, role: str) -> None:
    _do(root_url, f"alter role {role} createdb")
    try:
        [said] = _fails(plain_url)
        assert _paste(plain_url) == _stops([said])
        [statement] = _mends([said])
    finally:
        _do(root_url, f"alter role {role} nocreatedb")
    assert statement == f"alter role {role} nocreatedb;"


def test_an_update_needs_the_owner_of_what_is_replaced(
    plain_url: str, root_url: str, app_owner: Callable[[str], str], db_dir: Path
) -> None:
    migrate(plain_url, echo=lambda *_: None)
    other = app_owner("")
    _do(root_url, f"alter function basepool.now() owner to {other}")
    _do(root_url, f"alter function public.submit_generations(jsonb) owner to {other}")
    assert "nothing to do" in _said(plain_url)[-1]
    for name in ("shared/now", "submit/submit_generations"):
        file = db_dir / "functions" / f"{name}.sql"
        file.write_text(file.read_text() + "-- a word more\n")

    said = _fails(plain_url, db_dir=db_dir)

    assert len(said) == 2
    for statement in _mends(said):
        _do(root_url, statement)
    migrate(plain_url, db_dir=db_dir, echo=lambda *_: None)


def test_who_may_not_use_pg_cron_hears_it_before(server: DevServer, cron_database_url: str, db_dir: Path) -> None:
    """The jobs come last: they would fail when all else is done."""
    _do(cron_database_url, "create role plain_of_cron login; grant usage on schema basepool to plain_of_cron")
    _do(cron_database_url, "grant select on basepool.schema_migrations, basepool.schema_files to plain_of_cron")
    try:
        file = db_dir / "functions" / "shared" / "now.sql"
        file.write_text(file.read_text() + "-- a word more\n")
        said: list[str] = []
        with pytest.raises(PreflightFailed):
            migrate(
                cron_database_url.replace("//postgres@", "//plain_of_cron@"),
                db_dir=db_dir,
                dry_run=True,
                echo=said.append,
            )
        assert any("mend: grant usage on schema cron to plain_of_cron;" in line for line in said)
    finally:
        _do(cron_database_url, "drop owned by plain_of_cron; drop role plain_of_cron")


def test_a_pooler_is_told_from_the_server(server: DevServer, platform_url: str, root_url: str) -> None:
    """In transaction mode it can't lift a timeout, and may not lift another's: where indexes take long, that stops all."""
    name = root_url.rpartition("/")[2]
    _do(root_url, f"alter database {name} set statement_timeout = '50s'")
    _do(root_url, "update pg_class set reltuples = 2000000 where oid = 'public.generations'::regclass")
    assert "pooler" not in _warnings(root_url)
    with Pooler(server.port) as pooler, contextlib.ExitStack() as clients:
        [said] = _fails(pooler.url(root_url))
        assert "this is a pooler in transaction mode" in said
        assert "connect directly, or in session mode" in said

        _do(root_url, "update pg_class set reltuples = 2000 where oid = 'public.generations'::regclass")
        migrate(pooler.url(root_url), echo=lambda *_: None)
        for _ in range(4):
            client = clients.enter_context(psycopg.connect(pooler.url(root_url)))
            assert client.execute("select current_setting('statement_timeout')").fetchone() == ("50s",)


def test_who_holds_a_table_is_named(root_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_LONG_SECONDS", 0)
    with Owner(root_url) as app:
        app.rows("begin")
        app.rows("update public.generations set viewed = true")
        [(pid,)] = app.rows("select pg_backend_pid()")
        warnings = _warnings(root_url)
        assert f"session {pid} of postgres (idle in transaction) has held generations" in warnings


def test_a_trigger_that_counts_on_a_search_path_is_said_with_what_mends_it(plain_url: str, root_url: str) -> None:
    """Before, and by doctor after; where it is not heeded, nothing that basepool changes can be committed."""
    _do(
        root_url,
        "create function public.tell_user() returns trigger language plpgsql as"
        " 'begin update notifications set is_read = false where user_id = new.user_id; return null; end';"
        " create trigger tell_user after update on public.generations for each row execute function public.tell_user()",
    )
    mend = "alter function public.tell_user() set search_path = public"
    said = _warnings(plain_url)
    assert "public.tell_user() names notifications without a schema" in said
    assert f"mend: {mend};" in said
    migrate(plain_url, echo=lambda *_: None)
    with Owner(root_url) as owner:
        [fix] = owner.rows("select fix from basepool.diagnose() where name = 'trigger-search-path'")
        assert fix == (mend,)
        fail = "select basepool._fail_stuck_generations()"
        owner.rows(
            "update public.generations set created_at = now() - interval '1 day', started_at = null"
            " where status = 'processing'"
        )
        with pytest.raises(psycopg.errors.UndefinedTable):
            owner.rows(fail)
        owner.rows(mend)
        owner.rows(fail)
        assert owner.rows("select from basepool.diagnose() where name = 'trigger-search-path'") == []
