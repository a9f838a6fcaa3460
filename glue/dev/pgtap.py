"""Runs the pgTAP tests with pg_prove on a server of its own: `python -m dev.pgtap [pg_prove's options, files, folders]`."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

from basepool.errors import BasepoolError
from basepool.migrate import migrate
from dev import devserver


def main() -> int:
    """Start a server, run the tests in it. Returns pg_prove's exit status."""
    with devserver.start() as server:
        return run(server.url(), sys.argv[1:])


def run(url: str, targets: list[str]) -> int:
    """Migrate the empty database at `url`, whose server has pg_cron and pgTAP, and run the tests in it, all of them or those
    of `targets`. Returns pg_prove's exit status."""
    migrate(url, echo=lambda *_: None)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create extension pgtap")
        # a job that runs in the middle of a test leaves rows that the test did not make
        connection.execute("update cron.job set active = false")
        place = connection.info
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "PGHOST": place.host,
            "PGPORT": str(place.port),
            "PGUSER": place.user,
            "PGDATABASE": place.dbname,
            "PGOPTIONS": "-c client_min_messages=warning",
        }
    # one after the other: in one database, two tests at once would wait for each other's users and tokens
    command = ["pg_prove", "--ext", ".sql", "-r", *(targets or ["db/tests"])]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BasepoolError as error:
        sys.exit(f"error {error.code}: {error.message}\n  hint: {error.hint}")
