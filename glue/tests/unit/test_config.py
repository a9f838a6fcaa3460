"""Configuration is checked at start: an error names the variable and what it should be, and never a value that is secret."""

from __future__ import annotations

import pytest

from basepool import config
from basepool.errors import ConfigError


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "DATABASE_URL",
            "mysql://root:hunter2hunter2@db/app",
            "should be postgresql://user:password@host:5432/database",
        ),
        ("REPLICATE_BASE_URL", "replicate.com", "should be a base URL"),
        ("REPLICATE_BASE_URL", "https://api.replicate.com/v1", "without /v1"),
        ("REPLICATE_BASE_URL", "http://api.replicate.com", "should begin with https://"),
        ("PUBLIC_URL", "https://user:hunter2hunter2@x.example", "without user and password"),
        ("PUBLIC_URL", "http://localhost:8000", "should begin with https://"),
        ("CRON_SECRET", "hunter2", "at least 16"),
        ("DISPATCH_SECRET", "hunter2", "at least 16"),
        ("METRICS_SECRET", "hunter2", "at least 16"),
        ("PORT", "99999", "65535"),
        ("PORT", "http", "integer"),
        ("BASEPOOL_ENV", "prod", "'development' or 'production'"),
        ("LOG_LEVEL", "loud", "'DEBUG'"),
        ("WORKER_CONCURRENCY", "0", "greater than or equal to 1"),
        ("WORKER_POLL_SECONDS", "-1", "greater than 0"),
        ("SUBMIT_TIMEOUT_SECONDS", "never", "number"),
        ("SERVERLESS", "perhaps", "boolean"),
        ("WEBHOOK_MAX_BYTES", "1", "1000"),
        ("SERVE_MAX_BYTES", "2000", "at least WEBHOOK_MAX_BYTES"),
        ("SERVE_MAX_CONNECTIONS", "0", "greater than or equal to 1"),
        ("SERVE_TIMEOUT_SECONDS", "0", "greater than 0"),
        ("STORE_URL", "ftp://files", "should be file:///folder, s3://bucket/prefix or supabase://bucket"),
        ("STORE_URL", "file://folder", "should be file:///folder"),
        ("STORE_URL", "s3://hunter2:hunter2hunter2@bucket", "without a user"),
        ("STORE_URL", "s3://bucket/../other", "letters, digits"),
        ("STORE_URL", "s3://bucket", "STORE_PUBLIC_URL should be set"),
        ("STORE_URL", "supabase://bucket", "SUPABASE_URL should be set"),
        ("STORE_SOURCES", "https://replicate.delivery", "names of hosts"),
        ("STORE_VISIBILITY", "secret", "'public' or 'private'"),
        ("STORE_CONCURRENCY", "0", "greater than or equal to 1"),
        ("STORE_ENDPOINT", "http://s3.example", "should begin with https://"),
        ("STORE_SECRET_ACCESS_KEY", "hunter2hunter2", "both be set"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        config.load()
    assert variable in caught.value.message
    assert says in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint
    assert caught.value.code == "TP014"


def test_nothing_set_is_a_configuration_too() -> None:
    settings = config.load()
    assert (settings.cron_secret, settings.dispatch_secret, settings.public_url) == (None, None, None)
    assert settings.replicate_base_url == "https://api.replicate.com"


def test_secrets_are_not_in_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2hunter2@db/app")
    monkeypatch.setenv("CRON_SECRET", "hunter2hunter2hunter2")
    assert "hunter2" not in repr(config.load())
