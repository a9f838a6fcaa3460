"""`make bench-pages`: what each screen of the operator's page costs the database at 10 million generations (GENERATIONS) and 2
million attempts (ATTEMPTS), all made by SQL.

Each function is called 20 times on one connection, as `basepool serve` does; the times are the database's own. Prints the table
of docs/operations.md. Needs some 15 GB of disk and ten minutes.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from typing import Any

import psutil
import psycopg
from psycopg import sql

from basepool.cli.show import console
from basepool.migrate import migrate
from dev import devserver

_CALLS = 20
_TOKENS, _SEATS, _WAITING, _USERS = 100, 20, 100_000, 100_000
_STEP = 1_000_000

_POOL = """
select l.token_id
from generate_series(1, %(tokens)s) as s (n)
cross join lateral basepool.add_token('r8_bench_token_' || s.n, 'account-' || s.n, 'user', 'token ' || s.n, %(seats)s) as t
cross join lateral basepool.limit_token(t.token_id, null, null, 1000000, 100000) as l
"""
# one a second, the newest first; a user has a hundred, a twentieth failed and a fiftieth was cancelled
_GENERATIONS = """
insert into public.generations
  (id, user_id, action, model_id, model_name, replicate_model, prompt, replicate_input, status, output_urls, error_message
  , replicate_prediction_id, created_at, queued_at, started_at, completed_at, settled_at)
select
  md5('g' || s.n)::uuid, md5('u' || s.n %% %(users)s)::uuid, 'create', 'm', 'M', 'acme/model-' || s.n %% 60
  , 'a cat in the style of number ' || s.n, '{"prompt": "a cat", "aspect_ratio": "1:1", "output_format": "webp"}'
  , k.status, case k.status when 'completed' then array['https://cdn.example.com/' || s.n || '.webp'] end
  , case k.status when 'failed' then 'it did not work' end, 'p' || s.n, e.at, e.at, e.at + interval '1 second'
  , e.at + interval '9 seconds', e.at + interval '9 seconds'
from generate_series(%(first)s::integer, %(last)s::integer) as s (n)
cross join lateral (
  select case when s.n %% 20 = 0 then 'failed' when s.n %% 50 = 7 then 'cancelled' else 'completed' end as status
) as k
cross join lateral (select now() - s.n * interval '1 second' as at) as e
"""
_ATTEMPTS = """
insert into basepool.attempts
  (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at
  , submitted_at, finished_at, prediction_id, predict_seconds, error, error_rule)
select
  md5('a' || s.n)::uuid, md5('g' || s.n)::uuid, 1, t.id * 1000, t.id, t.account_id
  , case when s.n %% 20 = 0 then 'failed' when s.n %% 50 = 7 then 'canceled' else 'succeeded' end, 'worker-' || s.n %% 4
  , 'acme/model-' || s.n %% 60, s.n, e.at, e.at + interval '1 second', e.at + interval '2 seconds', e.at + interval '9 seconds'
  , 'p' || s.n, 7, case when s.n %% 20 = 0 then 'it did not work' end, case when s.n %% 20 = 0 then 'flagged' end
from generate_series(1, %(attempts)s::integer) as s (n)
cross join lateral (select now() - s.n * interval '1 second' as at) as e
inner join (select o.*, row_number() over (order by o.id) - 1 as n from public.replicate_tokens as o) as t
  on t.n = s.n %% %(tokens)s
"""
_OTHERS = (
    """
    insert into basepool.user_limits (user_id) select md5('u' || s.n)::uuid from generate_series(0, %(users)s - 1) as s (n)
    on conflict do nothing
    """,
    """
    insert into basepool.webhook_events (webhook_id, attempt_id, prediction_id, prediction_status, received_at, outcome)
    select 'msg_' || s.n, md5('a' || s.n)::uuid, 'p' || s.n, 'succeeded'
      , now() - s.n * interval '1 second' + interval '9 seconds', 'applied'
    from generate_series(1, least(%(attempts)s, 600000)) as s (n)
    """,
    """
    insert into basepool.audit (at, action, target, details, login, role, application)
    select now() - s.n * interval '1 minute', 'tokens limit', '4', '{"max_in_flight": 20}', 'me', 'me', 'basepool me@here'
    from generate_series(100000, 1, -1) as s (n)
    """,
    """
    insert into basepool.job_runs (job, trigger, started_at, finished_at, ok, result)
    select j.name, 'cron', e.at, e.at, true, '{"rolled_up": 7}'
    from basepool.jobs as j
    cross join generate_series(10000, 1, -1) as s (n)
    cross join lateral (select now() - s.n * interval '1 minute' as at) as e
    where j.runs_in = 'database'
    """,
    # what waits, each of a user of its own
    """
    with waits as (
      insert into public.generations
        (user_id, action, model_id, model_name, replicate_model, prompt, replicate_input, queued_at, created_at)
      select md5('u' || s.n)::uuid, 'create', 'm', 'M', 'acme/model-' || s.n %% 60, 'a cat', '{"prompt": "a cat"}', e.at, e.at
      from generate_series(1, %(waiting)s) as s (n)
      cross join lateral (select now() - (%(waiting)s - s.n) * interval '10 ms' as at) as e
      returning id, user_id, created_at
    )
    insert into basepool.queue (generation_id, user_id, priority, tag, queued_at)
    select w.id, w.user_id, 0, row_number() over (order by w.created_at), w.created_at from waits as w order by w.created_at
    """,
)
_USAGE = """
insert into basepool.usage_stats (hour, account_id, token_id, model, user_id, count, seconds, usd)
select
  date_trunc('hour', now(), 'UTC') - (s.n / 3000) * interval '1 hour', t.account_id, t.id, 'acme/model-' || s.n %% 60
  , md5('u' || s.n %% 100000)::uuid, 1, 7, 0.01
from generate_series(0, 500000) as s (n)
inner join (select o.*, row_number() over (order by o.id) - 1 as n from public.replicate_tokens as o) as t on t.n = s.n %% 100
on conflict do nothing
"""
_SPENDING = """
insert into basepool.spending (account_id, hour, runs, seconds, usd{more})
select a.id, date_trunc('hour', now(), 'UTC') - s.n * interval '1 hour', 36, 250, 0.4{values}
from basepool.accounts as a cross join generate_series(0, 24 * 31) as s (n) order by s.n desc
on conflict do nothing
"""


def _pages(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """What is measured, by the name of its screen."""

    def find(query: str) -> Any:
        [[value]] = connection.execute(query).fetchall()
        return value

    old = find("select generation_id from basepool.attempts order by finished_at limit 1")
    prediction = find("select prediction_id from basepool.attempts order by finished_at limit 1")
    running = find("select generation_id from basepool.seats where attempt_id is not null limit 1")
    waiting = find("select generation_id from basepool.queue order by place desc limit 1")
    user = find("select md5('u7')::uuid")

    def listed(limit: int = 50, **filter: Any) -> str:
        return f"basepool.page_generations('{json.dumps(filter, default=str)}', p_limit => {limit})"

    [[deep]] = connection.execute(
        "select basepool._next_cursor('failed', now() - interval '100 days', md5('x')::uuid)"
    ).fetchall()
    return {
        "Overview": "basepool.page_overview()",
        "Generations: waiting": listed(tab="waiting"),
        "Generations: in flight": listed(tab="in_flight"),
        "Generations: failed": listed(tab="failed"),
        "Generations: failed, the page after four million": (
            f"basepool.page_generations('{{\"tab\": \"failed\"}}', '{deep}', 50)"
        ),
        "Generations: cancelled, 100 rows": listed(100, tab="cancelled"),
        "Generations: completed": listed(tab="completed"),
        "Generations: attempts": listed(tab="attempts"),
        "Generations: failed, by a rule that nothing has": listed(tab="failed", rule="no-credit"),
        "Generations: attempts, by a model that nobody has": listed(tab="attempts", model="nobody/knows"),
        "Generations: waiting, by a token that none had": listed(tab="waiting", token_id=999),
        "Generations: completed, of a user": listed(tab="completed", user_id=user),
        "Generations: attempts, of a user": listed(tab="attempts", user_id=user),
        "Search: an id": f"basepool.page_find('{old}')",
        "Search: a prediction": f"basepool.page_find('{prediction}')",
        "Search: a user": f"basepool.page_find('{user}')",
        "Search: a key that is nowhere": "basepool.page_find('no such key')",
        "One generation: over": f"basepool.page_generation('{old}')",
        "One generation: in flight": f"basepool.page_generation('{running}')",
        "One generation: waiting, the last of all": f"basepool.page_generation('{waiting}')",
        "Pool": "basepool.page_pool()",
        "Money: by model": "basepool.page_money('model', 7)",
        "Money: by user, of a month": "basepool.page_money('user', 31)",
        "Money: by account, of a month": "basepool.page_money('account', 31)",
        "Jobs": "basepool.page_jobs()",
        "Settings": "basepool.page_settings()",
        "Audit": "basepool.page_audit()",
    }


def _fill(url: str, generations: int, attempts: int) -> None:
    numbers = {"users": _USERS, "tokens": _TOKENS, "seats": _SEATS, "waiting": _WAITING, "attempts": attempts}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_POOL, numbers)
        # the triggers would queue and settle each row; these have been through all that
        connection.execute("set session_replication_role = replica")
        connection.execute("set maintenance_work_mem = '1GB'")
        for table in ("public.generations", "basepool.attempts"):
            name = sql.SQL(table)
            made = connection.execute(
                "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname, pg_get_constraintdef(c.oid)"
                " from pg_index as i left join pg_constraint as c on c.conindid = i.indexrelid and c.contype in ('p', 'u')"
                " where i.indrelid = %s::regclass",
                [table],
            ).fetchall()
            for index, _, constraint, _ in made:
                if constraint:
                    connection.execute(
                        sql.SQL("alter table {} drop constraint {}").format(name, sql.Identifier(constraint))
                    )
                else:
                    connection.execute(sql.SQL("drop index {}").format(sql.SQL(index)))
            connection.execute(sql.SQL("alter table {} set unlogged").format(name))
            if table == "public.generations":
                for first in range(1, generations + 1, _STEP):
                    span = {"first": first, "last": min(generations, first + _STEP - 1)}
                    connection.execute(_GENERATIONS, numbers | span)
                    console().print(f"{span['last']:,} generations", highlight=False)
            else:
                connection.execute(_ATTEMPTS, numbers)
                console().print(f"{attempts:,} attempts", highlight=False)
            for _, index, constraint, definition in made:
                connection.execute(
                    sql.SQL("alter table {} add constraint {} {}").format(
                        name, sql.Identifier(constraint), sql.SQL(definition)
                    )
                    if constraint
                    else sql.SQL(index)
                )
        for statement in _OTHERS:
            connection.execute(statement, numbers)
        [[has_usage, has_old_spending]] = connection.execute(
            "select to_regclass('basepool.usage_stats') is not null, exists (select from pg_attribute"
            " where attrelid = 'basepool.spending'::regclass and attname = 'counted_at' and not attisdropped)"
        ).fetchall()
        if has_usage:
            connection.execute(_USAGE, numbers)
        more, values = (", counted_at", ", now()") if has_old_spending else ("", "")
        connection.execute(_SPENDING.format(more=more, values=values))
        connection.execute("set session_replication_role = origin")
        for _ in range(_TOKENS * _SEATS // 100 // 2):
            connection.execute("select count(*) from basepool.claim_generations('worker-1', 100)")
        connection.execute("vacuum analyze")


def _cpu_seconds(pid: int) -> float:
    """What a process has computed so far: on a machine that does other things, too, this is what a call costs."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _measure(url: str) -> list[tuple[str, float, float, float, int]]:
    """Per screen in ms: what a call computes, its median and its longest time; and the pages that were looked at."""
    found = []
    with psycopg.connect(url, autocommit=True) as connection:
        for name, call in _pages(connection).items():
            times, pages, began = [], 0, 0.0
            for call_number in range(_CALLS + 1):
                if call_number == 1:
                    # the first one reads what a poll finds in memory
                    began = _cpu_seconds(connection.info.backend_pid)
                [[plan]] = connection.execute(
                    sql.SQL("explain (analyze, buffers, timing off, format json) select {}").format(sql.SQL(call))
                ).fetchall()
                times.append(plan[0]["Execution Time"])
                pages = plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
            computed = (_cpu_seconds(connection.info.backend_pid) - began) / _CALLS * 1000
            found.append((name, computed, statistics.median(times[1:]), max(times[1:]), pages))
    return found


def main() -> int:
    """Make the database, measure, print the table."""
    generations, attempts = int(os.environ.get("GENERATIONS", "10000000")), int(os.environ.get("ATTEMPTS", "2000000"))
    with devserver.start() as server:
        url = server.url()
        migrate(url, echo=lambda *_: None)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("update cron.job set active = false")
        began = time.monotonic()
        _fill(url, generations, attempts)
        console().print(f"made in {time.monotonic() - began:.0f} s", highlight=False)
        lines = ["| screen | CPU, ms | median, ms | longest of 20, ms | pages |", "|---|--:|--:|--:|--:|"]
        lines += [
            f"| {name} | {computed:.1f} | {median:.1f} | {most:.1f} | {pages:,} |"
            for name, computed, median, most, pages in _measure(url)
        ]
        console().print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
