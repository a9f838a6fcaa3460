"""Configuration by environment, validated at start. An error names the variable and what it should be."""

from __future__ import annotations

import os
import socket
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from basepool.errors import ConfigError

_SECRET_LENGTH = 16


def _is_long(secret: SecretStr) -> SecretStr:
    if len(secret) < _SECRET_LENGTH:
        raise ValueError(f"should be at least {_SECRET_LENGTH} characters that nobody guesses")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_is_long)]


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


class Settings(BaseSettings):
    """All settings; each is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: SecretStr | None = None
    """Postgres; without it libpq's PG* variables count."""
    database_pooler: Literal["auto", "none", "transaction"] = "auto"
    """What is in between: a pooler in transaction mode allows no prepared statements. auto looks at each connection; none is
    for a pooler in session mode, which looks the same."""
    replicate_base_url: str = "https://api.replicate.com"
    """Replicate's API, without /v1."""
    public_url: str | None = None
    """Where Replicate reaches `basepool serve`; without it no webhooks are ordered and results are polled."""
    cron_secret: Secret | None = None
    """Bearer secret of /api/cron/…; without it that door is closed."""
    dispatch_secret: Secret | None = None
    """Bearer secret of /webhooks/dispatch; without it that door is closed."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    basepool_env: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] | None = None
    """Default: INFO in development, ERROR in production."""

    worker_name: str = Field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}", min_length=1)
    worker_concurrency: int = Field(default=20, ge=1, le=1000)
    """Calls to Replicate at once."""
    worker_poll_seconds: float = Field(default=1.0, gt=0, le=60)
    """How often the queue is looked at when nothing notifies."""
    worker_grace_seconds: float = Field(default=30, ge=0, le=600)
    """How long calls under way may take after SIGTERM, to Replicate and to `serve`."""
    submit_timeout_seconds: float = Field(default=60, gt=0, le=600)
    """Upper limit of one create call; the database may set less."""
    read_timeout_seconds: float = Field(default=20, gt=0, le=600)
    """Upper limit of any other call to Replicate."""
    db_pool_size: int = Field(default=10, ge=1, le=1000)
    db_timeout_seconds: float = Field(default=10, gt=0, le=600)
    """How long to wait for a connection, and how long one statement may take; for a lock it waits a fifth of it."""
    webhook_start: bool = True
    """Whether Replicate announces starts, too: what became of an answer that was lost is then known as soon as it starts."""
    webhook_max_bytes: int = Field(default=10_000_000, ge=1_000)
    """Larger webhooks are refused; what they said is asked for. It fits what may be submitted, twice over."""
    serve_max_bytes: int = Field(default=30_000_000, ge=1_000)
    """Bodies of all callers together that are held at a time."""
    serve_max_connections: int = Field(default=500, ge=1, le=100_000)
    """Connections of all callers together; who only waits is let go for who comes."""
    serve_timeout_seconds: float = Field(default=10, gt=0, le=600)
    """How long a caller may take for the head of a request, for its body, and to take the answer."""
    serverless: bool = False
    """No worker runs: each webhook also dispatches what the freed capacity allows."""

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgres://", "postgresql://")):
            raise ValueError("should be postgresql://user:password@host:5432/database")
        return value

    @field_validator("replicate_base_url", "public_url")
    @classmethod
    def _is_base_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("should be a base URL such as https://example.com")
        if parts.username or parts.password:
            raise ValueError("should be a base URL without user and password")
        if parts.scheme == "http" and not _is_loopback(value) and "." in parts.hostname:
            raise ValueError("should begin with https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.replicate_base_url.endswith("/v1"):
            raise ValueError("REPLICATE_BASE_URL should be without /v1: the client adds it")
        is_real = self.replicate_base_url.startswith("https://")
        if self.public_url and is_real and not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL should begin with https://: Replicate sends webhooks nowhere else")
        if self.serve_max_bytes < self.webhook_max_bytes:
            raise ValueError(
                "SERVE_MAX_BYTES should be at least WEBHOOK_MAX_BYTES: the largest webhook would never get in"
            )
        if self.serverless and self.cron_secret is None:
            raise ValueError("CRON_SECRET should be set with SERVERLESS=true: a scheduler does what a worker would")
        return self

    @property
    def effective_log_level(self) -> str:
        """The level that counts: LOG_LEVEL, else by environment."""
        return self.log_level or ("ERROR" if self.basepool_env == "production" else "INFO")

    @property
    def conninfo(self) -> str:
        """What to connect to; empty lets libpq read PG*. A secret: never print it."""
        return self.database_url.get_secret_value() if self.database_url else ""


def load() -> Settings:
    """Settings from the environment. Raises ConfigError (TP014), which names the variable and what it should be."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        text = first["msg"].removeprefix("Value error, ")
        name = str(first["loc"][0]).upper() if first["loc"] else ""
        raise ConfigError(
            f"{name}: {text}" if name else text,
            f"Set {name} right, or unset it for its default." if name else None,
        ) from None
