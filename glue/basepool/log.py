"""Logging: readable in development, JSON in production, and no secret in either."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

from pythonjsonlogger.json import JsonFormatter

from basepool.config import Settings

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"r8_[A-Za-z0-9]{6,}"), "r8_…"),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]{6,}"), "whsec_…"),
    (re.compile(r"(?i)\b(bearer|token|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}"), r"\1\2…"),
    (re.compile(r"(?i)(\bpassword\s*=\s*)('[^']*'|\S+)"), r"\1…"),
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@]+(@)"), r"\1…\2"),
)
_known: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Never let these strings through, whatever they look like (tokens need not begin with r8_)."""
    _known.update(secret for secret in secrets if len(secret) >= 8)


def redact(text: str) -> str:
    """`text` without secrets: known ones, and what looks like a token, a webhook secret, a bearer or a password."""
    for secret in _known:
        text = text.replace(secret, "…")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class _RedactingText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _RedactingJson(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(settings: Settings) -> None:
    """Set the root logger up once: everything goes to stderr, through the redaction, at the level of `settings`."""
    handler = logging.StreamHandler(sys.stderr)
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
    if settings.database_url:
        hide(re.findall(r"://[^:/@]*:([^@]+)@", settings.database_url.get_secret_value()))
    hide(s.get_secret_value() for s in (settings.cron_secret, settings.dispatch_secret) if s)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.effective_log_level)
    # they log every request at INFO, with its URL
    for name in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # it warns of every connection that it tries in vain; basepool.database says once that there is none
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
