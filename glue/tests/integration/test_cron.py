"""pg_cron itself runs the jobs: scheduled from one table, each run leaves its row."""

from __future__ import annotations

import contextlib
import re

import pytest

from basepool.migrate import migrate
from dev.devserver import PROJECT
from tests.support import Owner, eventually


@pytest.fixture
def cron(cron_database_url: str) -> Owner:
    return Owner(cron_database_url)


def test_the_jobs_are_those_of_the_table(cron: Owner) -> None:
    written = re.findall(
        r"\['(basepool-[\w-]+)',\s+'([^']+)',\s+\$\$(.+?)\$\$\]", (PROJECT / "db/jobs.sql").read_text()
    )
    assert len(written) == 4
    assert cron.rows(
        "select jobname, schedule, command from cron.job where jobname like 'basepool-%%' order by 1"
    ) == sorted(written)


def test_a_job_that_left_the_table_is_unscheduled(cron: Owner, cron_database_url: str) -> None:
    cron.rows("select cron.schedule('basepool-former', '0 0 1 1 *', 'select 1')")
    cron.rows("select cron.schedule('somebody-elses', '0 0 1 1 *', 'select 1')")
    cron.rows("delete from basepool.schema_files where path = 'jobs.sql'")
    migrate(cron_database_url, echo=lambda *_: None)
    names = [row[0] for row in cron.rows("select jobname from cron.job")]
    assert "basepool-former" not in names
    assert "somebody-elses" in names
    cron.rows("select cron.unschedule('somebody-elses')")


def test_pg_cron_runs_the_cleanup(cron: Owner) -> None:
    """The job as it is, brought forward to the next minute."""
    cron.submit(1)
    cron.rows("update public.generations set created_at = now() - interval '31 minutes'")
    cron.rows("select cron.alter_job(jobid, schedule := '* * * * *') from cron.job where jobname = 'basepool-cleanup'")
    try:
        _wait_for_cron(cron)
    finally:
        cron.rows(
            "select cron.alter_job(jobid, schedule := '*/10 * * * *') from cron.job where jobname = 'basepool-cleanup'"
        )
    assert cron.rows(
        "select trigger, ok, result from basepool.job_runs where job = 'cleanup' order by started_at desc limit 1"
    ) == [("cron", True, {"expired_leases": 0, "failed_generations": 1})]
    assert cron.rows("select status, error_message, completed_at is not null from public.generations") == [
        ("failed", "Превышено время ожидания", True)
    ]
    cron.rows("delete from public.generations")


def _wait_for_cron(cron: Owner) -> None:
    """pg_cron looks at full minutes."""
    for _ in range(4):
        with contextlib.suppress(AssertionError):
            eventually(lambda: cron.statuses() == {"failed": 1}, "a run")
            return
    raise AssertionError("pg_cron did not run the job within two minutes")
