"""pg_cron is to run the jobs of the one table. That it does is seen in the demo (test_stack.py), which waits for it."""

from __future__ import annotations

from tests.support import Owner


def test_the_jobs_are_those_of_the_table(cron_database_url: str) -> None:
    with Owner(cron_database_url) as cron:
        scheduled = cron.rows("select jobid, jobname, schedule, command from cron.job order by jobid")
        assert len(scheduled) >= 4
        assert scheduled == cron.rows(
            """
            select cron_job_id, 'basepool-' || name, schedule, format('select basepool.run_job(%%L)', name)
            from basepool.jobs where runs_in = 'database' order by cron_job_id
            """
        )
