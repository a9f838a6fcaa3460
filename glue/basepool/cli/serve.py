"""`basepool serve`, and `basepool dashboard`, which serves nothing but the operator's page."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket

import click
from starlette.applications import Starlette

from basepool import config, log
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import ConfigError, DatabaseRefused, DatabaseUnreachable, PortInUse
from basepool.web.app import create_app
from basepool.web.server import make_server

logger = logging.getLogger(__name__)


@click.command(epilog="Example: CRON_SECRET=… PUBLIC_URL=https://gen.example.com basepool serve --port 8000")
@click.option("--host", help="Address to listen on (HOST, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (PORT, 8000); 0 takes a free one.")
def serve(host: str | None, port: int | None) -> None:
    """Receive Replicate's webhooks, database webhooks and cron calls over HTTP.

    Routes: POST /webhooks/replicate, POST /webhooks/dispatch (DISPATCH_SECRET), /api/cron/{job} (CRON_SECRET), /healthz,
    /readyz, and /openapi.json, which describes them; and the operator's page at /admin/ (OPERATOR_SECRET, OPERATORS). What has
    no secret configured is closed. SIGTERM lets what is under way finish (WORKER_GRACE_SECONDS, 30).
    """
    settings = config.load()
    _run(settings, create_app(settings), host, port)


@click.command(epilog="Example: OPERATOR_SECRET=… OPERATORS=anna:… basepool dashboard --port 8080")
@click.option("--host", help="Address to listen on (HOST, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (PORT, 8000); 0 takes a free one.")
def dashboard(host: str | None, port: int | None) -> None:
    """Serve the operator's page, and nothing else.

    What `basepool serve` has at /admin/ (DASHBOARD_PATH), for a host that nobody else can reach. The database's login may be a
    member of basepool_operator, which can do no more than the page.
    """
    settings = config.load()
    if not settings.known_operators:
        raise ConfigError(
            "OPERATOR_SECRET or OPERATORS is not set, so nobody could log in",
            "Set OPERATOR_SECRET to at least 16 characters, and OPERATORS to name:secret, with commas between.",
        )
    _run(settings, create_app(settings, only_dashboard=True), host, port)


def _run(settings: Settings, app: Starlette, host: str | None, port: int | None) -> None:
    """Serve it until SIGTERM."""
    log.configure(settings)
    asyncio.run(_check_version(settings))
    listener = _listen(host or settings.host, settings.port if port is None else port)
    address, bound = listener.getsockname()[:2]
    logger.info("listening on http://%s:%s", address, bound)
    if settings.known_operators:
        logger.info("the operator's page is at %s/", settings.dashboard_path)
    make_server(app, settings).run(sockets=[listener])


async def _check_version(settings: Settings) -> None:
    """Raises NotMigrated or DatabaseNewer. A database that is not there yet may still come."""
    with contextlib.suppress(DatabaseUnreachable, DatabaseRefused):
        async with Database.open(settings):
            pass


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} on {host} is in use") from None
        raise ConfigError(f"can't listen on {host}:{port}: {error.strerror}", "Check HOST and PORT.") from None
    return listener
