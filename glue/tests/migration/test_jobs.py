"""What `make migrate` schedules is ours, what others scheduled is theirs: pg_cron with one of its own for each test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from basepool.migrate import migrate
from basepool.uninstall import uninstall
from basepool.version import DB_DIR
from dev import devserver
from tests.support import Owner

_LISTED = re.findall(r"^  \('([\w-]+)',\s+'database'", (DB_DIR / "jobs.sql").read_text(), re.M)
_OURS = sorted(f"basepool-{name}" for name in _LISTED)


class _Cron(Owner):
    """The database that has pg_cron, and a copy of db/ that a test may edit."""

    def __init__(self, url: str, db_dir: Path) -> None:
        super().__init__(url)
        self.url = url
        self._db_dir = db_dir

    def migrate(self) -> str:
        """Migrate, and return what was said."""
        said: list[str] = []
        migrate(self.url, db_dir=self._db_dir, echo=said.append)
        return "\n".join(said)

    def edit(self, pattern: str, replacement: str) -> None:
        """Change db/jobs.sql at one place."""
        file = self._db_dir / "jobs.sql"
        text, count = re.subn(pattern, replacement, file.read_text())
        assert count == 1
        file.write_text(text)

    def names(self) -> list[str]:
        """The names of all cron jobs."""
        return [name for (name,) in self.rows("select jobname from cron.job order by 1")]

    def job(self, name: str) -> tuple[object, ...]:
        """Number, schedule, command and whether it is active."""
        [row] = self.rows("select jobid, schedule, command, active from cron.job where jobname = %s", name)
        return row


@pytest.fixture
def cron(tmp_path: Path) -> Iterator[_Cron]:
    db_dir = Path(shutil.copytree(DB_DIR, tmp_path / "db", ignore=shutil.ignore_patterns("tests")))
    with devserver.start() as server, _Cron(server.url(), db_dir) as cron:
        cron.rows("create extension pg_cron")
        yield cron


def test_when_basepool_goes_its_jobs_go_and_no_others(cron: _Cron) -> None:
    cron.rows("select cron.schedule('basepool-mine', '* * * * *', 'select 2')")
    cron.migrate()
    assert len(cron.names()) == len(_OURS) + 1
    said: list[str] = []
    uninstall(cron.url, echo=said.append)
    assert f"{len(_OURS)} jobs were unscheduled" in said
    assert cron.names() == ["basepool-mine"]
    # nobody else in this cluster needs it
    assert cron.rows("select rolname from pg_roles where starts_with(rolname, 'basepool')") == []


def test_a_cron_job_of_the_user_stays_whatever_its_name(cron: _Cron) -> None:
    cron.rows("select cron.schedule('basepool-dispatch', '* * * * *', 'select 1')")
    cron.rows("select cron.schedule('basepool-mine', '* * * * *', 'select 2')")
    before = cron.rows("select * from cron.job order by jobid")

    cron.migrate()
    cron.edit(r"'17 \* \* \* \*'", "'18 * * * *'")
    assert "jobs" in cron.migrate()

    assert cron.rows("select * from cron.job where jobid <= 2 order by jobid") == before
    assert cron.names() == sorted([*_OURS, "basepool-dispatch", "basepool-mine"])
    assert cron.job("basepool-prune")[1] == "18 * * * *"


def test_a_cron_job_of_the_user_with_a_name_of_ours_is_not_overwritten(cron: _Cron) -> None:
    cron.rows("select cron.schedule('basepool-rollup', '0 0 * * *', 'select 1')")
    before = cron.job("basepool-rollup")

    said = cron.migrate()

    assert "warning: the job rollup is not scheduled: basepool did not make the cron job basepool-rollup" in said
    assert "select basepool._schedule_jobs()" in said
    assert f"{len(_OURS) - 1} scheduled" in said
    assert cron.job("basepool-rollup") == before

    # what the hint says
    cron.rows("select cron.unschedule('basepool-rollup')")
    cron.rows("select cron.schedule('mine', '0 0 * * *', 'select 1')")
    assert cron.value("select basepool._schedule_jobs()") == len(_OURS)
    assert cron.names() == [*_OURS, "mine"]


def test_a_job_that_left_the_table_is_unscheduled(cron: _Cron) -> None:
    cron.migrate()
    cron.edit(r"  \('prune',.*\n.*\n", "")
    assert f"{len(_OURS) - 1} scheduled" in cron.migrate()

    assert cron.names() == [name for name in _OURS if name != "basepool-prune"]
    assert cron.rows("select name from basepool.jobs where name = 'prune'") == []
    assert "nothing to do" in cron.migrate()


def test_what_an_operator_set_holds_until_the_table_changes(cron: _Cron) -> None:
    cron.migrate()
    cron.rows("select cron.schedule('basepool-rollup', '*/7 * * * *', 'select basepool.run_job(''rollup'')')")
    cron.rows("select cron.alter_job(jobid, active := false) from cron.job where jobname = 'basepool-cleanup'")
    rollup, cleanup = cron.job("basepool-rollup"), cron.job("basepool-cleanup")
    assert rollup[1] == "*/7 * * * *"
    assert cleanup[3] is False

    (function := cron._db_dir / "functions" / "operate" / "health.sql").write_text("-- again\n" + function.read_text())
    cron.migrate()
    assert (cron.job("basepool-rollup"), cron.job("basepool-cleanup")) == (rollup, cleanup)

    cron.edit(r"'17 \* \* \* \*'", "'18 * * * *'")
    cron.migrate()
    assert cron.job("basepool-rollup") == (rollup[0], "*/5 * * * *", *rollup[2:])
    assert cron.job("basepool-cleanup") == cleanup


def test_where_pg_cron_was_made_anew_its_numbers_are_not_taken_for_ours(cron: _Cron) -> None:
    cron.migrate()
    cron.rows("drop extension pg_cron")
    cron.rows("create extension pg_cron")
    cron.rows("select cron.schedule('mine', '* * * * *', 'select 1')")
    assert (
        cron.value("select count(*) from basepool.jobs as j inner join cron.job as c on c.jobid = j.cron_job_id") == 1
    )
    before = cron.job("mine")

    assert f"{len(_OURS)} scheduled" in cron.migrate()

    assert cron.names() == [*_OURS, "mine"]
    assert cron.job("mine") == before


def test_a_job_runs_where_nothing_is_scheduled(owner: Owner) -> None:
    """By hand or over HTTP, in a database without pg_cron."""
    assert owner.rows("select name from basepool.jobs where cron_job_id is not null") == []
    assert owner.value("select basepool.run_job('prune')")["result"]["cron_job_run_details"] == 0
