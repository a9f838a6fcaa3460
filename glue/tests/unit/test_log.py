"""Whatever is logged, and however, no secret reaches the log; production logs errors only, as JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from basepool import config, log, redaction

_SECRETS = {
    "token": "r8_Q0w9e8r7t6y5u4i3o2p1",
    "webhook secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "password": "correct-horse-battery",
    "cron secret": "cron-secret-of-nobody-else",
    "unusual token": "no-prefix-but-known-to-us",
}


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
    """Leaves logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def _configure(monkeypatch: pytest.MonkeyPatch, environment: str, level: str | None = None) -> None:
    monkeypatch.setenv("BASEPOOL_ENV", environment)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://basepool_glue:{_SECRETS['password']}@db.example/app")
    monkeypatch.setenv("CRON_SECRET", _SECRETS["cron secret"])
    if level:
        monkeypatch.setenv("LOG_LEVEL", level)
    log.configure(config.load())
    redaction.hide([_SECRETS["unusual token"]])


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("secret", _SECRETS.values(), ids=_SECRETS)
def test_no_secret_can_reach_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: str, secret: str
) -> None:
    _configure(monkeypatch, environment, "DEBUG")
    logger = logging.getLogger("basepool.test")
    url = f"postgresql://basepool_glue:{secret}@db.example/app"
    try:
        raise RuntimeError(f"the call with {secret} failed")
    except RuntimeError:
        logger.exception("in an exception and in %s", secret)
    logger.error("as an argument: %s %r", secret, {"token": secret})
    logger.warning(f"in the text: {secret}")
    logger.info("in a header: Authorization: Bearer %s", secret)
    logger.debug("in a URL: %s", url)
    logger.error("as an extra field", extra={"given": secret, "nested": {"deep": [secret]}})
    logging.getLogger("httpx").error("by a library: %s", SecretStr(secret))

    written = capsys.readouterr().err
    assert "as an argument" in written
    assert secret not in written


def test_production_logs_errors_only_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _configure(monkeypatch, "production")
    logging.getLogger("basepool.test").warning("not this")
    logging.getLogger("basepool.test").error("but %s", "this")
    [line] = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("ERROR", "basepool.test", "but this")
    assert entry["time"]


def test_the_level_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _configure(monkeypatch, "production", "INFO")
    logging.getLogger("basepool.test").info("this too")
    assert json.loads(capsys.readouterr().err)["message"] == "this too"


def test_development_is_readable(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _configure(monkeypatch, "development")
    logging.getLogger("basepool.test").info("generation done")
    assert "INFO    basepool.test: generation done" in capsys.readouterr().err
