"""Configuration by environment, validated at start. An error names the variable and what it should be."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
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


@dataclass(frozen=True)
class Operator:
    """Somebody who may log in to the operator's page."""

    name: str
    secret: SecretStr
    may_act: bool
    """Not only look."""


def _read_operators(text: str) -> list[Operator]:
    """What OPERATORS says. Raises ValueError, without any of it."""
    found: dict[str, Operator] = {}
    for each in text.split(","):
        name, _, rest = each.strip().partition(":")
        secret, _, mode = rest.partition(":")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}", name) or mode not in {"", "read"}:
            raise ValueError(
                "should be name:secret or name:secret:read, with commas between; no secret has a : or , in it"
            )
        if len(secret) < _SECRET_LENGTH:
            raise ValueError(f"should have secrets of at least {_SECRET_LENGTH} characters that nobody guesses")
        if name in found:
            raise ValueError("should have each name once")
        found[name] = Operator(name, SecretStr(secret), may_act=not mode)
    return list(found.values())


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
    metrics_secret: Secret | None = None
    """Bearer secret of /metrics; without it there is no such route."""

    operator_secret: Secret | None = None
    """Signs the sessions of the operator's page; without it, or without OPERATORS, there is no such page."""
    operators: SecretStr | None = None
    """Who may log in there, as name:secret, with commas between; name:secret:read may look and not act."""
    dashboard_path: str = "/admin"
    """Where `basepool serve` has that page."""
    forwarded_allow_ips: str | None = None
    """Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, with commas between, or *.
    Default: nobody's."""

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
    """How long a caller may take for the head of a request, for its body, and to take something of the answer."""
    store_url: str | None = None
    """Where outputs are kept: file:///folder, s3://bucket/prefix, supabase://bucket. Default: a folder of the user's."""
    store_visibility: Literal["public", "private"] = "public"
    """Who may open what is kept: whoever has the link, or whoever has one that public.get_output_urls() has signed."""
    store_public_url: str | None = None
    """What lasting links begin with; PUBLIC_URL/outputs where `basepool serve` hands the files out."""
    store_endpoint: str | None = None
    """The S3 endpoint, where it is not Amazon's."""
    store_region: str | None = None
    store_access_key_id: SecretStr | None = None
    store_secret_access_key: SecretStr | None = None
    supabase_url: str | None = None
    """The project's URL, for supabase://bucket."""
    supabase_service_key: SecretStr | None = None
    """Its service role key."""
    store_sources: str = "replicate.delivery"
    """Hosts that outputs are fetched from, with those below them, and a port where it is not the usual one. Without TLS
    only from this machine (127.0.0.1), and from names without a dot: a simulator's, in development."""
    store_concurrency: int = Field(default=8, ge=1, le=200)
    """Files that a process copies at once."""
    store_bytes: int = Field(default=1_000_000_000, ge=1_000_000)
    """Bytes of all copies of a process that are on their way together, in STORE_SPOOL. A single file may be larger."""
    store_timeout_seconds: float = Field(default=600, gt=0, le=3000)
    """Upper limit of one fetch, and of one upload."""
    store_job_seconds: float = Field(default=50, gt=0, le=600)
    """How long the job `store` may take, where no worker runs; what is not done by then goes on in the next."""
    store_spool: Path = Path("/var/tmp")  # noqa: S108
    """The folder for files on their way."""
    serverless: bool = False
    """No worker runs: each webhook also dispatches what the freed capacity allows."""

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgres://", "postgresql://")):
            raise ValueError("should be postgresql://user:password@host:5432/database")
        return value

    @field_validator("replicate_base_url", "public_url", "store_public_url", "store_endpoint", "supabase_url")
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

    @field_validator("store_url")
    @classmethod
    def _is_store(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("should be a URL without a user, a password or parameters")
        if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
            return value
        if parts.scheme in {"s3", "supabase"} and re.fullmatch(r"[\w.-]+", parts.netloc, re.ASCII):
            if re.fullmatch(r"[\w./-]*", parts.path, re.ASCII) and ".." not in parts.path:
                return value
            raise ValueError("should have letters, digits, . _ - / behind the bucket")
        raise ValueError("should be file:///folder, s3://bucket/prefix or supabase://bucket")

    @field_validator("operators")
    @classmethod
    def _are_operators(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _read_operators(value.get_secret_value())
        return value

    @field_validator("dashboard_path")
    @classmethod
    def _is_path(cls, value: str) -> str:
        if not re.fullmatch(r"(/[A-Za-z0-9_-]+)+/?", value):
            raise ValueError("should be a path such as /admin, of letters, digits, _ and -")
        path = value.rstrip("/")
        if path.split("/")[1] in {"webhooks", "api", "outputs", "healthz", "readyz", "metrics"}:
            raise ValueError("should be a path that nothing else has, such as /admin")
        return path

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _are_addresses(cls, value: str | None) -> str | None:
        for each in (value or "*").split(","):
            try:
                if each.strip() != "*":
                    ipaddress.ip_network(each.strip())
            except ValueError:
                raise ValueError(
                    "should be addresses or networks with commas between, such as 10.0.0.0/8, or *"
                ) from None
        return value

    @field_validator("store_sources")
    @classmethod
    def _are_hosts(cls, value: str) -> str:
        for each in value.split(","):
            if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", each.strip()):
                raise ValueError("should be names of hosts, with commas between, such as replicate.delivery")
        return value

    @model_validator(mode="after")
    def _has_what_its_store_needs(self) -> Self:
        scheme = urlsplit(self.effective_store_url).scheme
        if scheme == "supabase":
            if self.supabase_url is None:
                raise ValueError("SUPABASE_URL should be set with STORE_URL=supabase://…")
            if self.supabase_service_key is None:
                raise ValueError("SUPABASE_SERVICE_KEY should be set with STORE_URL=supabase://…")
        if (self.store_access_key_id is None) != (self.store_secret_access_key is None):
            raise ValueError("STORE_ACCESS_KEY_ID and STORE_SECRET_ACCESS_KEY should both be set, or none of them")
        if scheme == "s3" and self.store_visibility == "public" and self.store_public_url is None:
            raise ValueError(
                "STORE_PUBLIC_URL should be set with STORE_URL=s3://…: what the bucket's public links begin with"
            )
        return self

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
    def known_operators(self) -> list[Operator]:
        """Who may log in to the operator's page: nobody while OPERATOR_SECRET is missing."""
        if self.operators is None or self.operator_secret is None:
            return []
        return _read_operators(self.operators.get_secret_value())

    @property
    def effective_log_level(self) -> str:
        """The level that counts: LOG_LEVEL, else by environment."""
        return self.log_level or ("ERROR" if self.basepool_env == "production" else "INFO")

    @property
    def effective_store_url(self) -> str:
        """The store that counts: STORE_URL, else a folder in the user's data directory."""
        if self.store_url:
            return self.store_url
        # where nobody has a home, it is a folder here
        data = Path(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"))
        return (data / "basepool" / "outputs").absolute().as_uri()

    @property
    def effective_store_spool(self) -> Path:
        """STORE_SPOOL, or the system's folder for such where that can't be written to and was not asked for."""
        if "store_spool" in self.model_fields_set or os.access(self.store_spool, os.W_OK):
            return self.store_spool
        return Path(tempfile.gettempdir())

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
