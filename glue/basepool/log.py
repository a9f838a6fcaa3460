"""Logging: readable in development, JSON in production, and no secret in either."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pythonjsonlogger.json import JsonFormatter

from basepool.config import Settings
from basepool.redaction import hide, install, redact


class _RedactingText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _RedactingJson(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Handler(logging.StreamHandler):  # type: ignore[type-arg,unused-ignore]
    """Says of what could not be written only that: the library would show its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:
        said = redact(f"a message of {record.name} could not be written: {sys.exc_info()[1]!r}\n")
        # most likely there is no place left there either, and a log stops nothing
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(said)


def configure(settings: Settings) -> None:
    """Set the root logger up once: everything goes to stderr, through the redaction, at the level of `settings`."""
    install()
    hide(_secrets_of(settings))
    handler = _Handler(sys.stderr)
    if settings.basepool_env == "production":
        handler.setFormatter(
            _RedactingJson(
                "%(asctime)s %(levelname)s %(name)s %(message)s",
                rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
                json_ensure_ascii=False,
            )
        )
    else:
        handler.setFormatter(_RedactingText("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.effective_log_level)
    # they would go to stderr as they are
    logging.captureWarnings(capture=True)
    # they log every request at INFO, with its URL
    for name in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # whatever a stranger sends that is no HTTP is a warning there
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # it warns of every connection that it tries in vain; basepool.database says once that there is none
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def _secrets_of(settings: Settings) -> list[str]:
    """What this process was given."""
    given = (
        settings.cron_secret,
        settings.dispatch_secret,
        settings.operator_secret,
        *(operator.secret for operator in settings.known_operators),
        settings.store_secret_access_key,
        settings.supabase_service_key,
    )
    found = [secret.get_secret_value() for secret in given if secret]
    found += [os.environ.get("PGPASSWORD", ""), os.environ.get("REPLICATE_API_TOKEN", "")]
    try:
        found.append(str(conninfo_to_dict(settings.conninfo).get("password") or ""))
    except psycopg.Error:
        # it can't be read as a whole; what of it looks like a password is hidden all the same
        found.append(settings.conninfo.rpartition("@")[0].rpartition(":")[2])
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        for value in (os.environ.get(name), os.environ.get(name.upper())):
            found.append(unquote(urlsplit(value).password or "") if value and "@" in value else "")
    return found
