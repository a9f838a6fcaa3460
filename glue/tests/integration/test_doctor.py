"""`basepool doctor`: exit status, forms, and what only the glue sees: PUBLIC_URL, clocks, poolers, the environment."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from rich.cells import cell_len

from dev.devserver import DevServer
from tests.integration.test_oncall import on_terminal
from tests.pooler import Pooler
from tests.support import Owner, basepool, eventually, running, serving


def _look(*arguments: str, **variables: str) -> dict[str, list[dict[str, Any]]]:
    done = basepool("doctor", "--json", *arguments, **variables)
    assert done.stderr == ""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in json.loads(done.stdout):
        found.setdefault(each["name"], []).append(each)
    return found


def test_where_all_is_well_it_says_so(glue_environment: dict[str, str], owner: Owner) -> None:
    owner.rows(
        "insert into basepool.job_runs (job, trigger, started_at, finished_at, ok) select name, 'cli', now(), now(), true"
        " from basepool.jobs"
    )
    with serving(**glue_environment) as url, running("work", **glue_environment):
        eventually(lambda: owner.value("select count(*) from basepool.workers") == 1, "the worker")
        variables = glue_environment | {"PUBLIC_URL": url}
        done = basepool("doctor", "--strict", **variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "0 problems, 0 warnings" in done.stdout
        for name in (
            "indexes",
            "rights",
            "policies",
            "public-url",
            "clock",
            "pooler",
            "versions",
            "workers",
            "environment",
        ):
            assert name in done.stdout
        assert basepool("doctor", "--fix", **variables).stdout == "-- there is nothing that SQL could mend\n"


@pytest.mark.parametrize("columns", [80, 100])
def test_what_is_wrong_fits_the_terminal_with_what_to_do(
    glue_environment: dict[str, str], owner: Owner, columns: int
) -> None:
    owner.rows("create index twin on public.generations (user_id, created_at desc)")
    owner.rows("alter table public.generations disable row level security")
    status, said = on_terminal(glue_environment | {"PUBLIC_URL": "http://127.0.0.1:1"}, "doctor", columns=columns)
    assert status == 1
    assert max(cell_len(line) for line in said.splitlines()) <= columns
    flat = " ".join(said.split())
    for told in ("PROBLEM", "row-level-security", "warning", "index-redundant", "public-url", "--fix prints SQL"):
        assert told in flat, said
    # what is worst comes first
    assert said.index("PROBLEM") < said.index("warning")

    fixed = basepool("doctor", "--fix", **glue_environment)
    assert fixed.returncode == 1
    assert re.findall(r"^(?!--)(.+);$", fixed.stdout, re.M) == [
        "alter table public.generations enable row level security",
        "drop index concurrently public.twin",
    ]
    for statement in re.findall(r"^(?!--)(.+);$", fixed.stdout, re.M):
        owner.rows(statement)
    assert "there is nothing" in basepool("doctor", "--fix", **glue_environment).stdout


def test_warnings_count_when_they_are_to(glue_environment: dict[str, str], owner: Owner) -> None:
    owner.rows("update basepool.accounts set webhook_secret = null")
    assert basepool("doctor", **glue_environment).returncode == 0
    assert basepool("doctor", "--strict", **glue_environment).returncode == 1
    assert {each["severity"] for each in _look(**glue_environment)["webhook-secret"]} == {"warning"}


def test_it_asks_what_the_database_can_not_see(glue_environment: dict[str, str], owner: Owner) -> None:
    # a port where nobody is, and one where somebody else is
    found = _look(**glue_environment | {"PUBLIC_URL": "http://127.0.0.1:1"})
    assert found["public-url"][0]["severity"] == "problem"
    found = _look(**glue_environment | {"PUBLIC_URL": glue_environment["REPLICATE_BASE_URL"]})
    assert "not as we do" in found["public-url"][0]["says"]
    assert found["workers"][0]["says"] == "no worker is known"
    found = _look(**glue_environment | {"REPLICATE_BASE_URL": "http://127.0.0.1:1"})
    assert found["replicate"][0]["severity"] == "problem"
    found = _look(**glue_environment | {"SERVERLESS": "true", "CRON_SECRET": "a secret of sixteen"})
    assert found["environment"][0]["severity"] == "problem"
    assert found["workers"][0]["severity"] == "ok"


@pytest.fixture
def late() -> Iterator[str]:
    """A Replicate whose clock is an hour behind."""

    class Late(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(401)
            self.send_header("Date", format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Late)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_clock_that_is_off_is_named(glue_environment: dict[str, str], late: str) -> None:
    found = _look(**glue_environment | {"REPLICATE_BASE_URL": late})
    said = {each["severity"]: each["says"] for each in found["clock"]}
    assert said["ok"] == "the clock of database and of this machine agree"
    assert "the clock of Replicate is" in said["problem"]
    assert "behind that of this machine" in said["problem"]


def test_a_pooler_in_between_is_seen(glue_environment: dict[str, str], server: DevServer) -> None:
    assert "directly" in _look(**glue_environment)["pooler"][0]["says"]
    with Pooler(server.port) as pooler:
        variables = glue_environment | {"DATABASE_URL": pooler.url(glue_environment["DATABASE_URL"])}
        assert "a pooler is in between (DATABASE_POOLER=auto" in _look(**variables)["pooler"][0]["says"]
