"""A real server for all tests, and for each test a database of its own, migrated."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from basepool import redaction
from basepool.migrate import migrate
from basepool.simulator import SimulatorConfig, SimulatorServer
from basepool.simulator.simulator import LIVE_SETTINGS
from dev import devserver
from dev.devserver import DevServer
from tests.support import Owner

_numbers = itertools.count(1)
_TEMPLATE = "migrated"
_PREFIXES = (
    "PG",
    "WORKER_",
    "DB_",
    "REPLICATE_",
    "BASEPOOL_",
    "SERVE_",
    "WEBHOOK_",
    "STORE_",
    "SUPABASE_",
    "AWS_",
    "OPERATOR",
)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's configuration reaches a test."""
    for name in list(os.environ):
        if name.startswith(_PREFIXES) or name in {
            "DATABASE_POOLER",
            "DATABASE_URL",
            "PUBLIC_URL",
            "CRON_SECRET",
            "DISPATCH_SECRET",
            "DASHBOARD_PATH",
            "FORWARDED_ALLOW_IPS",
            "METRICS_SECRET",
            "LOG_LEVEL",
            "HOST",
            "PORT",
            "SERVERLESS",
            "XDG_DATA_HOME",
        }:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test hides, the texts of the next may contain."""
    monkeypatch.setattr(redaction, "_known", set(redaction._known))
    monkeypatch.setattr(redaction, "_forms", list(redaction._forms))


@pytest.fixture(autouse=True)
def no_log_level() -> Iterator[None]:
    """What one test wants to hear is not what the next one hears."""
    known = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    levels = [(each, each.level) for each in [logging.root, *known]]
    yield
    for logger, level in levels:
        logger.setLevel(level)


@pytest.fixture(scope="session")
def server() -> Iterator[DevServer]:
    """A server with an empty database `postgres` that has pg_cron."""
    with devserver.start() as running:
        yield running


@pytest.fixture(scope="session")
def template(server: DevServer) -> str:
    """The name of a migrated database that is only ever copied."""
    url = server.create_database(_TEMPLATE)
    migrate(url, echo=lambda *_: None)
    with psycopg.connect(url, autocommit=True) as connection:
        # nobody schedules jobs in its copies: in tests that take long they are not overdue for it
        connection.execute("update basepool.schema_migrations set applied_at = applied_at + interval '1 day'")
        connection.execute("alter role basepool_glue login")
    return _TEMPLATE


@pytest.fixture
def empty_database_url(server: DevServer) -> Iterator[str]:
    """A database with nothing in it, as its owner."""
    name = f"empty_{next(_numbers)}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def database_url(server: DevServer, template: str) -> Iterator[str]:
    """A migrated database without pg_cron, as its owner."""
    name = f"test_{next(_numbers)}"
    yield server.create_database(name, template)
    server.drop_database(name)


@pytest.fixture
def glue_url(database_url: str) -> str:
    """The same database as the role the glue has in production: basepool_glue, which may only execute functions."""
    return database_url.replace("//postgres@", "//basepool_glue@")


@pytest.fixture(scope="session")
def cron_database_url(server: DevServer, template: str) -> str:
    """The one database that has pg_cron, migrated, as its owner. Shared by all tests that use it."""
    migrate(server.url(), echo=lambda *_: None)
    return server.url()


@pytest.fixture
def owner(database_url: str) -> Iterator[Owner]:
    """The migrated database as its owner sees it."""
    owner = Owner(database_url)
    yield owner
    owner.close()


@pytest.fixture(scope="session")
def _simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorConfig(account_count=3, speed=20)) as simulator:
        yield simulator


@pytest.fixture
def replicate(_simulator: SimulatorServer) -> SimulatorServer:
    """A Replicate simulator with three accounts, one token each, as it was at its start."""
    _simulator.reset()
    _simulator.configure(**_simulator.config.model_dump(include=set(LIVE_SETTINGS)))
    return _simulator


@pytest.fixture
def glue_environment(glue_url: str, owner: Owner, replicate: SimulatorServer, tmp_path: Path) -> dict[str, str]:
    """The environment of the glue, with the simulator's tokens in the pool, and a folder for outputs where a test keeps
    them. On a busy machine, too, every call is sent and every lease renewed in time: tests count attempts."""
    settings = {"send_within": "1 minute", "lease_time": "5 minutes", "keep_outputs": False}
    owner.rows("select basepool.configure(%s)", Jsonb(settings))
    for account in replicate.state()["accounts"]:
        owner.rows(
            "select basepool.add_token(%s, %s, %s, %s)",
            account["tokens"][0]["token"],
            account["username"],
            account["type"],
            account["webhook_secret"],
        )
    return {
        "DATABASE_URL": glue_url,
        "REPLICATE_BASE_URL": replicate.url,
        "WORKER_POLL_SECONDS": "0.2",
        "STORE_URL": (tmp_path / "outputs").as_uri(),
        "STORE_SPOOL": str(tmp_path / "spool"),
        "STORE_SOURCES": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3 without a bucket, of moto's. It lets in whoever has signed, with whatever key."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
