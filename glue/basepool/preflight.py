"""What would stop a migration half-way, or surprise those who run the database: looked for before anything is changed, in the
catalog alone, and said all at once with the statement that mends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from basepool.errors import PreflightFailed

Connection = psycopg.Connection[tuple[Any, ...]]

_OURS = ("basepool_glue", "basepool_operator")
_ROLES = {"anon": "", "authenticated": "", "service_role": " bypassrls"} | dict.fromkeys(_OURS, "")
_TABLES = ("generations", "replicate_tokens")
_OLDEST = 150_000
_MANY_ROWS = 100_000
_SCAN_BYTES_PER_SECOND = 400e6
_SORT_ROWS_PER_SECOND = 1e6
_LONG_SECONDS = 5
_TYPE = r"(\w+(?: ?\[\])?(?:\([\d, ]+\))?)"
_SERIALS = {"serial": "integer", "bigserial": "bigint"}
_FUNCTION = re.compile(
    r"^create or replace function (basepool|public)\.(\w+)\((.*?)\)\nreturns (.*?)\nlanguage", re.M | re.S
)
_INDEX = re.compile(
    r"^create (?:unique )?index (?:concurrently )?(?:if not exists )?(\w+) on (public\.\w+)", re.M | re.I
)
_TRIGGER = re.compile(r"^create (?:constraint )?trigger (\w+) [^;]*?\bon public\.(\w+)", re.M)
_POLICY = re.compile(r"\bcreate policy (\w+) on public\.(\w+)")

_BODY = re.compile(r"^as \$\$\n(.*?)^\$\$;", re.M | re.S)
_TRIGGERS_FILE = "/_diagnose_triggers.sql"


@dataclass(frozen=True)
class Problem:
    """One thing that was found."""

    says: str
    remedy: str = ""
    """The statement that mends it."""
    stops: bool = True
    """Whether nothing can be done before it is mended."""

    def __str__(self) -> str:
        kind = "stops" if self.stops else "warning"
        return f"{kind}: {self.says}" + (f"\n  mend: {self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class _Work:
    """What is to be done, and to what."""

    connection: Connection
    migrations: str
    functions: Mapping[str, str]
    is_first: bool
    """Whether basepool is not there yet."""
    me: str
    """The role, quoted where it needs to be."""
    has_sessions: bool
    """Whether what is set for a session holds: not behind a pooler in transaction mode."""

    def rows(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, parameters or None).fetchall()

    @property
    def touches_tables(self) -> bool:
        return "public." in self.migrations


def check(
    connection: Connection, migrations: Mapping[str, str], functions: Mapping[str, str], *, has_sessions: bool = True
) -> list[Problem]:
    """What stands in the way of these pending files, and what to know before; none where nothing is pending."""
    if not migrations and not functions:
        return []
    [(me,)] = connection.execute("select format('%I', current_user)").fetchall()
    is_first = any("0001_" in name for name in migrations)
    work = _Work(connection, "\n".join(migrations.values()), functions, is_first, me, has_sessions)
    return [problem for look in _LOOKS for problem in look(work)]


def require(
    connection: Connection,
    migrations: Mapping[str, str],
    functions: Mapping[str, str],
    echo: Callable[[str], None],
    *,
    has_sessions: bool = True,
) -> None:
    """Say what `check` finds. Raises PreflightFailed where something of it stops the work."""
    problems = check(connection, migrations, functions, has_sessions=has_sessions)
    for problem in sorted(problems, key=lambda each: each.stops):
        echo(str(problem))
    stopping = [problem for problem in problems if problem.stops]
    if stopping:
        more = f" (and {len(stopping) - 1} more)" if len(stopping) > 1 else ""
        raise PreflightFailed(f"{stopping[0].says}{more}")


def describe(migrations: Mapping[str, str], functions: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """What paste.sql needs to look at the same where there is no connection: what is going to be made, and the query for the
    app's triggers."""
    text = "\n".join(migrations.values())
    work: dict[str, Any] = {"roles": [{"name": name, "more": more} for name, more in _ROLES.items()], "columns": []}
    for table in _TABLES:
        apps, added = _columns_of(text, table)
        for name, said in (apps | added).items():
            column = {"table": table, "name": name, "type": _SERIALS.get(said, said)}
            work["columns"].append(column | {"is_app": name in apps, "is_added": name in added})
    made = [found for each in functions.values() if (found := _FUNCTION.search(each)) and found[1] == "public"]
    work["functions"] = [
        {"name": each[2], "types": _types(each[3]), "is_replaced": f"public.{each[2]}(" in text} for each in made
    ]
    for kind, pattern in (("indexes", _INDEX), ("triggers", _TRIGGER), ("policies", _POLICY)):
        work[kind] = [{"name": name, "table": table} for name, table in pattern.findall(text)]
    return work, _triggers_query(functions)


def _triggers_query(functions: Mapping[str, str]) -> str:
    """The body of _diagnose_triggers, for where the function is not there yet; empty where it is no part of the work."""
    found = (_BODY.search(text) for path, text in functions.items() if path.endswith(_TRIGGERS_FILE))
    return next((each[1] for each in found if each), "")


def _columns_of(migrations: str, table: str) -> tuple[dict[str, str], dict[str, str]]:
    """Names and types of the columns that the app has, and of those that are added."""
    made = re.search(rf"^create table if not exists public\.{table} \(\n(.*?)^\)", migrations, re.M | re.S)
    altered = re.search(rf"^alter table public\.{table}\n(add column if not exists .*?);", migrations, re.M | re.S)
    if not made or not altered:
        return {}, {}
    apps = dict(re.findall(rf"^  (\w+) {_TYPE}", made[1], re.M))
    return apps, dict(re.findall(rf"add column if not exists (\w+) {_TYPE}", altered[1]))


def _server(work: _Work) -> Iterator[Problem]:
    [(version, read_only, is_standby, database)] = work.rows(
        "select current_setting('server_version_num')::integer, current_setting('transaction_read_only') = 'on'"
        ", pg_is_in_recovery(), format('%I', current_database())"
    )
    if version < _OLDEST:
        yield Problem(f"this is PostgreSQL {version // 10_000}, and basepool needs {_OLDEST // 10_000} or newer")
    if is_standby:
        yield Problem("this server is a standby, which can't be written; connect to the primary")
    elif read_only:
        yield Problem(
            "transactions are read-only here (Supabase does that when the disk is full)",
            f"alter database {database} reset default_transaction_read_only;",
        )


def _rights(work: _Work) -> Iterator[Problem]:
    [(database, may_create_schema)] = work.rows(
        "select format('%I', current_database()), has_database_privilege(current_database(), 'CREATE')"
    )
    if work.is_first and not may_create_schema:
        yield Problem(
            f"{work.me} may create no schema in this database", f"grant create on database {database} to {work.me};"
        )
    for (schema,) in work.rows(
        "select n.nspname from pg_namespace as n where not has_schema_privilege(n.oid, 'CREATE')"
        " and (n.nspname = 'public' or (n.nspname = 'basepool' and not %s))",
        work.is_first,
    ):
        yield Problem(
            f"{work.me} may create nothing in the schema {schema}",
            f"grant usage, create on schema {schema} to {work.me};",
        )
    for (role,) in work.rows(
        "select r.rolname from pg_roles as r where r.rolname in ('anon', 'authenticated', 'service_role')"
        " and not has_schema_privilege(r.oid, 'public', 'USAGE') and not pg_has_role("
        "(select n.nspowner from pg_namespace as n where n.nspname = 'public'), 'USAGE') order by 1"
    ):
        yield Problem(
            f"{role} may not use the schema public, and {work.me} can't grant it",
            f"grant usage on schema public to {role};",
            stops=False,
        )


def _roles(work: _Work) -> Iterator[Problem]:
    if not work.is_first:
        return
    [(may_create, may_bypass)] = work.rows(
        "select r.rolsuper or r.rolcreaterole, r.rolsuper or (r.rolbypassrls and r.rolcreaterole"
        " and current_setting('server_version_num')::integer >= 160000) from pg_roles as r where r.rolname = current_user"
    )
    there = {
        name: (powers, owners)
        for name, powers, owners in work.rows(
            "select r.rolname, concat_ws(' ', case when r.rolsuper then 'superuser' end"
            ", case when r.rolbypassrls then 'bypassrls' end, case when r.rolcreaterole then 'createrole' end"
            ", case when r.rolcreatedb then 'createdb' end, case when r.rolreplication then 'replication' end)"
            ", (select string_agg(format('%%I', o.rolname), ', ') from pg_auth_members as m"
            " inner join pg_roles as o on o.oid = m.roleid where m.member = r.oid)"
            " from pg_roles as r where r.rolname = any(%s)",
            list(_ROLES),
        )
    }
    for name, more in _ROLES.items():
        if name not in there and not (may_bypass if more else may_create):
            yield Problem(
                f"the role {name} is missing, and {work.me} can't create it",
                f"create role {name} nologin noinherit{more};",
            )
    for name in _OURS:
        powers, owners = there.get(name, ("", None))
        if powers:
            yield Problem(
                f"the role {name} is there already and is more than it may be: {powers}",
                f"alter role {name} {' '.join('no' + power for power in powers.split())};",
            )
        if owners:
            yield Problem(
                f"the role {name} is a member of {owners}, and may do whatever that may",
                f"revoke {owners} from {name};",
                stops=False,
            )


def _schema(work: _Work) -> Iterator[Problem]:
    """The schema of our name is ours, all of it."""
    found = work.rows(
        "select pg_has_role(n.nspowner, 'USAGE'), format('%I', r.rolname)"
        ", exists (select from pg_class as c where c.relnamespace = n.oid and c.relname = 'schema_migrations')"
        ", exists (select from pg_class as c where c.relnamespace = n.oid)"
        " or exists (select from pg_proc as p where p.pronamespace = n.oid)"
        " from pg_namespace as n inner join pg_roles as r on r.oid = n.nspowner where n.nspname = 'basepool'"
    )
    if not found:
        return
    [(is_mine, owner, has_ledger, has_something)] = found
    if has_something and not has_ledger:
        yield Problem(
            "a schema basepool is there already, and something else is in it",
            "alter schema basepool rename to basepool_of_others;",
        )
    elif not is_mine:
        yield Problem(f"the schema basepool belongs to {owner}", f"alter schema basepool owner to {work.me};")
    if not has_ledger:
        return
    names = [made[2] for text in work.functions.values() if (made := _FUNCTION.search(text)) and made[1] == "basepool"]
    for owner, count, name in work.rows(
        "select format('%%I', r.rolname), count(*), min(o.name) from ("
        "select p.proowner as owner, 'function ' || p.oid::regprocedure::text as name from pg_proc as p"
        " where p.pronamespace = to_regnamespace('basepool') and p.proname = any(%s)"
        " union all select c.relowner, 'table ' || c.oid::regclass::text from pg_class as c"
        " where c.relnamespace = to_regnamespace('basepool') and c.relkind in ('r', 'p') and (%s or c.relname like 'schema%%')"
        ") as o inner join pg_roles as r on r.oid = o.owner"
        " where not pg_has_role(o.owner, 'USAGE') group by 1 order by 1",
        names,
        bool(work.migrations),
    ):
        others = f", and {count - 1} more" if count > 1 else ""
        yield Problem(f"the {name}{others} of the schema basepool belongs to {owner}", f"grant {owner} to {work.me};")


def _tables(work: _Work) -> Iterator[Problem]:
    if not work.touches_tables:
        return
    kinds = {"v": "view", "m": "materialized view", "p": "partitioned table", "f": "foreign table"}
    for name, kind, owner, is_mine, is_forced in work.rows(
        "select c.relname, c.relkind::text, format('%%I', r.rolname), pg_has_role(c.relowner, 'USAGE'), c.relforcerowsecurity"
        " from pg_class as c inner join pg_roles as r on r.oid = c.relowner"
        " where c.relnamespace = 'public'::regnamespace and c.relname = any(%s) order by 1",
        list(_TABLES),
    ):
        if kind == "p":
            yield Problem(f"public.{name} is partitioned, which basepool has no way to adopt")
        elif kind != "r":
            what = kinds.get(kind, "relation")
            yield Problem(
                f"public.{name} is a {what} and no table", f"alter {what} public.{name} rename to {name}_of_the_app;"
            )
        elif not is_mine:
            yield Problem(
                f"public.{name} belongs to {owner}, and only its owner can add columns and triggers",
                f"alter table public.{name} owner to {work.me};",
            )
        if is_forced:
            yield Problem(
                f"row level security of public.{name} is forced on its owner, whose functions would see no row",
                f"alter table public.{name} no force row level security;",
            )
    if work.is_first:
        yield from _sequence(work)


def _sequence(work: _Work) -> Iterator[Problem]:
    for (sequence,) in work.rows(
        "select pg_get_serial_sequence('public.replicate_tokens', 'id') from pg_attribute as a"
        " where a.attrelid = to_regclass('public.replicate_tokens') and a.attname = 'id'"
        " and to_regclass('public.replicate_tokens_id_seq') is null"
    ):
        yield Problem(
            "public.replicate_tokens takes its ids from another place than public.replicate_tokens_id_seq",
            f"alter sequence {sequence} rename to replicate_tokens_id_seq;"
            if sequence
            else "create sequence public.replicate_tokens_id_seq owned by public.replicate_tokens.id;",
        )


def _columns(work: _Work) -> Iterator[Problem]:
    """Those of the app that everything relies on, and those of our names."""
    for table in _TABLES:
        apps, added = _columns_of(work.migrations, table)
        there = {
            name: (type, category)
            for name, type, category in work.rows(
                "select a.attname, format_type(a.atttypid, null), t.typcategory::text from pg_attribute as a"
                " inner join pg_type as t on t.oid = a.atttypid"
                " where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped",
                f"public.{table}",
            )
        }
        if not there or not apps:
            continue
        types = {
            type: (full, category)
            for type, full, category in work.rows(
                "select n.name, format_type(t.oid, null), t.typcategory::text from unnest(%s::text[]) as n (name)"
                " inner join pg_type as t on t.oid = n.name::regtype",
                sorted({_SERIALS.get(type, type) for type in (apps | added).values()}),
            )
        }
        for name, said in (apps | added).items():
            type = _SERIALS.get(said, said)
            expected, category = types[type]
            if name not in there:
                if name not in added:
                    yield Problem(
                        f"public.{table} lacks the column {name}",
                        f"alter table public.{table} add column {name} {type};",
                    )
                continue
            found, its_category = there[name]
            if found != expected:
                is_near = category == its_category and category in "SND" and name in apps
                yield Problem(
                    f"public.{table}.{name} is {found}, and basepool takes it for {expected}",
                    f"alter table public.{table} rename column {name} to {name}_of_the_app;"
                    if name not in apps
                    else f"alter table public.{table} alter column {name} type {type} using {name}::{type};",
                    stops=not is_near,
                )


def _functions(work: _Work) -> Iterator[Problem]:
    """Those of public that have our names."""
    for text in work.functions.values():
        made = _FUNCTION.search(text)
        if not made or made[1] != "public":
            continue
        name, types, result = made[2], _types(made[3]), _plain(made[4])
        for oid, signature, owner, is_mine, is_same, its_result in work.rows(
            "select p.oid, p.oid::regprocedure::text, format('%%I', r.rolname), pg_has_role(p.proowner, 'USAGE')"
            ", p.oid = to_regprocedure(%s), pg_get_function_result(p.oid)"
            " from pg_proc as p inner join pg_roles as r on r.oid = p.proowner"
            " where p.pronamespace = 'public'::regnamespace and p.proname = %s order by 2",
            f"public.{name}({types})",
            name,
        ):
            full = signature if signature.startswith("public.") else f"public.{signature}"
            if not is_same:
                if work.is_first:
                    yield Problem(
                        f"{full} stays beside basepool's function of this name; PostgREST can't choose where a call fits both",
                        f"alter function {full} rename to {name}_of_the_app;",
                        stops=False,
                    )
            elif work.is_first and f"public.{name}(" not in work.migrations:
                yield Problem(
                    f"{full} is there already, and is not basepool's",
                    f"alter function {full} rename to {name}_of_the_app;",
                )
            elif not is_mine:
                yield Problem(
                    f"{full} belongs to {owner}, and only its owner can replace it",
                    f"alter function {full} owner to {work.me};",
                )
            elif work.is_first:
                yield from _dependents(work, oid, full, name, _plain(its_result or "") != result)


def _types(parameters: str) -> str:
    """The types of `p_one text, p_two jsonb default '{}'`."""
    each = re.split(r",(?![^(]*\))", re.sub(r"'[^']*'", "''", parameters))
    return ", ".join(
        re.sub(r"\s+default\s.*", "", part.strip(), flags=re.S).partition(" ")[2] for part in each if part.strip()
    )


def _plain(result: str) -> str:
    return re.sub(r"\s+", "", result).lower()


def _dependents(work: _Work, oid: int, signature: str, name: str, changes: bool) -> Iterator[Problem]:
    """What calls a function of the app that is replaced, where the catalog knows it."""
    found = [
        text
        for (text,) in work.rows(
            "select distinct pg_describe_object(d.classid, d.objid, 0) from pg_depend as d"
            " where d.refclassid = 'pg_proc'::regclass and d.refobjid = %s and d.deptype = 'n' order by 1",
            oid,
        )
    ]
    if found and changes:
        is_dropped = "format('drop function" in work.migrations
        yield Problem(
            f"{signature} is replaced by one with another result, and used by {', '.join(found)}",
            f"alter function {signature} rename to {name}_of_the_app;",
            stops=is_dropped,
        )


def _names(work: _Work) -> Iterator[Problem]:
    """Whatever else has a name that we give."""
    for name, table in _INDEX.findall(work.migrations):
        for kind, is_there in work.rows(
            "select c.relkind::text, coalesce(i.indrelid = to_regclass(%s), false) from pg_class as c"
            " left join pg_index as i on i.indexrelid = c.oid"
            " where c.relnamespace = 'public'::regnamespace and c.relname = %s",
            table,
            name,
        ):
            if not is_there:
                what = {"i": "index", "v": "view", "S": "sequence", "m": "materialized view"}.get(kind, "table")
                yield Problem(
                    f"public.{name} is there already and is no index of {table}",
                    f"alter {what} public.{name} rename to {name}_old;",
                )
    for names, catalog, what in (
        (_TRIGGER.findall(work.migrations), "trigger", "trigger"),
        (_POLICY.findall(work.migrations) if work.is_first else [], "policy", "policy"),
    ):
        for name, table in names:
            query: LiteralString = (
                "select from pg_trigger as t where t.tgrelid = to_regclass(%s) and t.tgname = %s"
                if catalog == "trigger"
                else "select from pg_policy as p where p.polrelid = to_regclass(%s) and p.polname = %s"
            )
            if work.rows(query, f"public.{table}", name):
                yield Problem(
                    f"public.{table} has a {what} {name} already",
                    f"alter {what} {name} on public.{table} rename to {name}_of_the_app;",
                )


def _auth(work: _Work) -> Iterator[Problem]:
    if not work.is_first:
        return
    [(has_schema, may_use, may_create, result)] = work.rows(
        "select n.oid is not null, coalesce(has_schema_privilege(n.oid, 'USAGE'), false)"
        ", coalesce(has_schema_privilege(n.oid, 'CREATE'), false)"
        ", (select p.prorettype::regtype::text from pg_proc as p"
        " where p.pronamespace = n.oid and p.proname = 'uid' and p.pronargs = 0)"
        " from (select 1) as one left join pg_namespace as n on n.nspname = 'auth'"
    )
    if not has_schema:
        return
    if not may_use:
        yield Problem(f"{work.me} may not use the schema auth", f"grant usage on schema auth to {work.me};")
    if result is None and not may_create:
        yield Problem(
            f"there is no auth.uid(), and {work.me} can't create it", f"grant create on schema auth to {work.me};"
        )
    if result not in (None, "uuid"):
        yield Problem(f"auth.uid() returns {result}, and policies compare it with a uuid")


def _app_triggers(work: _Work) -> Iterator[Problem]:
    """What of the app's runs inside our functions, and counts on a search_path there."""
    query = _triggers_query(work.functions)
    if not query or not work.is_first:
        return
    with work.connection.transaction():
        # it looks through many catalogs once, which is not worth a compiler
        work.connection.execute("set local jit = off")
        found = work.connection.execute(query.encode()).fetchall()
    for _, _, says, _, fix in found:
        yield Problem(says, f"{fix};", stops=False)


def _row_types(work: _Work) -> Iterator[Problem]:
    """What returns whole rows returns our columns, too."""
    if not work.is_first:
        return
    for (signature,) in work.rows(
        "select p.oid::regprocedure::text from pg_proc as p inner join pg_type as t on t.oid = p.prorettype"
        " inner join pg_language as l on l.oid = p.prolang and l.lanname = 'sql' and not p.prosrc ~* '\\mselect\\s+[*]'"
        " where t.typrelid in (to_regclass('public.generations'), to_regclass('public.replicate_tokens')) order by 1"
    ):
        yield Problem(
            f"{signature} returns rows of a table that gets columns, and fails then where its body lists the columns of now",
            stops=False,
        )


def _event_triggers(work: _Work) -> Iterator[Problem]:
    """Those that the platform brings belong to a superuser or an extension."""
    for name, function in work.rows(
        "select e.evtname, e.evtfoid::regprocedure::text from pg_event_trigger as e"
        " inner join pg_roles as r on r.oid = e.evtowner"
        " where e.evtenabled <> 'D' and not r.rolsuper and r.rolname not like 'supabase%' order by 1"
    ):
        yield Problem(f"the event trigger {name} calls {function} for what is made here", stops=False)


def _cron(work: _Work) -> Iterator[Problem]:
    [(has_cron, may_use, is_available, home, here)] = work.rows(
        "select e.oid is not null, coalesce(has_schema_privilege(to_regnamespace('cron'), 'USAGE'), false)"
        ", exists (select from pg_available_extensions where name = 'pg_cron')"
        ", (select s.setting from pg_settings as s where s.name = 'cron.database_name'), current_database()"
        " from (select 1) as one left join pg_extension as e on e.extname = 'pg_cron'"
    )
    if has_cron and not may_use:
        yield Problem(f"{work.me} may not use pg_cron's schema", f"grant usage on schema cron to {work.me};")
    elif not has_cron and work.is_first and is_available and home and home != here:
        yield Problem(
            f"nothing will be scheduled: pg_cron of this server works in the database {home} only, and this is {here}",
            stops=False,
        )


def _sizes(work: _Work) -> Iterator[Problem]:
    """How large the tables are, and what that means; and who holds them at this moment."""
    if not work.touches_tables:
        return
    for table, rows, size, total in work.rows(
        "select c.relname, greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid), pg_total_relation_size(c.oid)"
        " from pg_class as c"
        " where c.relnamespace = 'public'::regnamespace and c.relname = any(%s) and c.relkind = 'r' order by 1",
        list(_TABLES),
    ):
        count = sum(name == f"public.{table}" for _, name in _INDEX.findall(work.migrations))
        seconds = 2 * size / _SCAN_BYTES_PER_SECOND + rows / _SORT_ROWS_PER_SECOND
        if rows < _MANY_ROWS:
            continue
        yield Problem(
            f"public.{table} has about {rows} rows, {total // 2**20} MB with its indexes: each of {count} indexes takes about"
            f" {max(1, round(seconds))} s, all else moments",
            stops=False,
        )
        if count and not work.has_sessions:
            yield Problem(
                f"this is a pooler in transaction mode, where a timeout can't be lifted for the indexes of public.{table}:"
                " connect directly, or in session mode (on Supabase port 5432 instead of 6543)"
            )
    for pid, role, state, table, seconds in work.rows(
        "select a.pid, a.usename, a.state, l.relation::regclass::text"
        ", extract(epoch from clock_timestamp() - a.xact_start)::integer"
        " from pg_locks as l inner join pg_stat_activity as a on a.pid = l.pid"
        " where l.granted and a.pid <> pg_backend_pid() and l.relation in"
        " (to_regclass('public.generations'), to_regclass('public.replicate_tokens'))"
        " and a.xact_start < clock_timestamp() - %s * interval '1 second' order by 5 desc limit 3",
        _LONG_SECONDS,
    ):
        yield Problem(
            f"session {pid} of {role} ({state}) has held {table} for {seconds} s and is waited for: end it, or come back",
            stops=False,
        )


_LOOKS: tuple[Callable[[_Work], Iterator[Problem]], ...] = (
    _server,
    _rights,
    _roles,
    _schema,
    _tables,
    _columns,
    _functions,
    _names,
    _auth,
    _app_triggers,
    _row_types,
    _event_triggers,
    _cron,
    _sizes,
)
