"""A stack without a worker and without a scheduler of its own: Postgres calls the glue, and the glue calls Replicate."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from basepool.simulator import SimulatorServer
from tests.pg_net import SCHEMA, PgNet
from tests.support import Owner, basepool, eventually, serving

_SECRET = "a secret that both of them know"
# the part of pg_cron that is used: here nobody calls by the clock
_CRON = """
create schema cron;
create table cron.job (
  jobid bigint primary key generated always as identity, schedule text, command text, database text default current_database()
  , username text default current_user, active boolean default true, jobname text
);
create table cron.job_run_details (jobid bigint, end_time timestamptz);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as
  'insert into cron.job (jobname, schedule, command) values ($1, $2, $3) returning jobid';
create function cron.unschedule(job_id bigint) returns boolean language sql as
  'with gone as (delete from cron.job as j where j.jobid = $1 returning 1) select count(*) > 0 from gone';
insert into pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
select 999996, 'pg_cron', r.oid, 'cron'::regnamespace, false, '1.6'
from pg_catalog.pg_roles as r where r.rolname = current_user;
"""


@pytest.fixture
def scheduled(owner: Owner) -> Owner:
    owner.rows(_CRON)
    owner.rows(SCHEMA)
    return owner


def _call_all(owner: Owner) -> None:
    """What pg_cron does each minute."""
    for (command,) in owner.rows("select command from cron.job where jobname like 'basepool-glue-%%'"):
        owner.rows(command)


def _findings(owner: Owner) -> list[str]:
    return [
        says
        for (says,) in owner.rows(
            "select f.says from basepool._list_findings(basepool.now()) as f where f.name = 'glue-not-called'"
        )
    ]


def _is_answered(owner: Owner) -> bool:
    return bool(
        owner.value(
            "select count(*) = 0 from basepool.glue_calls as c cross join unnest(c.requests) as r (id)"
            " where r.id not in (select h.id from net._http_response as h)"
        )
    )


def test_what_is_submitted_is_done_with_nothing_but_the_database_to_call(
    scheduled: Owner, database_url: str, glue_environment: dict[str, str], replicate: SimulatorServer
) -> None:
    variables = glue_environment | {"SERVERLESS": "true", "CRON_SECRET": _SECRET}
    with serving(**variables) as url, PgNet(database_url):
        scheduled.rows("select basepool.schedule_glue(%s, %s)", url, _SECRET)
        generation: UUID = scheduled.submit(1)

        def is_done() -> bool:
            # a webhook may come late; the minute of a machine that is busy is not waited for
            _call_all(scheduled)
            return bool(
                scheduled.value("select status = 'completed' from public.generations where id = %s", generation)
            )

        eventually(is_done, "the generation")
        eventually(lambda: _is_answered(scheduled), "the answers")
        statuses = scheduled.rows("select distinct status_code from net._http_response where not timed_out")
        assert statuses == [(200,)]
        assert _findings(scheduled) == []
        assert "glue-not-called" not in basepool("doctor", "--json", **glue_environment).stdout


def test_who_is_not_let_in_or_not_there_is_a_finding_and_who_takes_long_is_none(
    scheduled: Owner, database_url: str, glue_environment: dict[str, str]
) -> None:
    variables = glue_environment | {"SERVERLESS": "true", "CRON_SECRET": _SECRET}
    with serving(**variables) as url:
        with PgNet(database_url):
            scheduled.rows("select basepool.schedule_glue(%s, %s)", url, "another secret than that one")
            _call_all(scheduled)
            [said] = eventually(lambda: _findings(scheduled), "a finding")
            assert "it does not know the secret" in said
            found = json.loads(basepool("doctor", "--json", **glue_environment).stdout)
            assert [each["severity"] for each in found if each["name"] == "glue-not-called"] == ["problem"]

            scheduled.rows("select basepool.schedule_glue(%s, %s)", f"{url}/elsewhere", _SECRET)
            _call_all(scheduled)
            [said] = eventually(lambda: _findings(scheduled), "a finding")
            assert "there is no /api/cron at that URL" in said

            scheduled.rows("select basepool.schedule_glue('http://127.0.0.1:1', %s)", _SECRET)
            _call_all(scheduled)
            [said] = eventually(lambda: _findings(scheduled), "a finding")
            assert "connect to server" in said

        scheduled.rows("select basepool.schedule_glue(%s, %s)", url, _SECRET)
        with PgNet(database_url, time_limit=0.0001):
            _call_all(scheduled)
            eventually(lambda: _is_answered(scheduled), "the answers")
            assert scheduled.value("select exists(select from net._http_response where timed_out)")
            assert _findings(scheduled) == []


def test_nobody_who_submits_waits_for_another(scheduled: Owner, database_url: str) -> None:
    """Who has the call in hand has not committed; his call is made when he does, and none if he does not."""
    scheduled.rows("select basepool.schedule_glue('https://gen.example.com', %s)", _SECRET)
    calls = "select count(*) from net.http_request_queue where url like '%%/dispatch'"
    with Owner(database_url) as first:
        first.rows("begin")
        first.submit(1)
        scheduled.rows("set lock_timeout = '1s'")
        scheduled.submit(2)
        assert scheduled.value(calls) == 0
        first.rows("rollback")
    scheduled.submit(3)
    assert scheduled.value(calls) == 1
