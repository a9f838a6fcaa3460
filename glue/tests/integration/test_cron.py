"""pg_cron itself runs the jobs: scheduled from one table, each run leaves its row."""

from __future__ import annotations

import pytest

from tests.support import PATIENCE_SECONDS, Owner, eventually


@pytest.fixture
def cron(cron_database_url: str) -> Owner:
    return Owner(cron_database_url)


def test_the_jobs_are_those_of_the_table(cron: Owner) -> None:
    scheduled = cron.rows("select jobid, jobname, schedule, command from cron.job order by jobid")
    assert len(scheduled) >= 4
    assert scheduled == cron.rows(
        """
        select cron_job_id, 'basepool-' || name, schedule, format('select basepool.run_job(%%L)', name)
        from basepool.jobs where runs_in = 'database' order by cron_job_id
        """
    )


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
    ) == [("cron", True, {"expired_leases": 0, "settled_again": 0, "failed_generations": 1})]
    assert cron.rows("select status, error_message, completed_at is not null from public.generations") == [
        ("failed", "Превышено время ожидания", True)
    ]
    cron.rows("delete from public.generations")


def _wait_for_cron(cron: Owner) -> None:
    """pg_cron looks at full minutes."""
    eventually(lambda: cron.statuses() == {"failed": 1}, "a run of pg_cron", seconds=120 + PATIENCE_SECONDS)
