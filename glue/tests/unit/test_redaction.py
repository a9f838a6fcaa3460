"""A secret in every place where one can be, and in every form that an error gives it: nothing that comes out has it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import logging
import re
import ssl
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import aiohttp
import httpx
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from basepool import config, log, redaction
from basepool.errors import BasepoolError, from_database
from basepool.redaction import describe, hide, redact
from basepool.replicate import Rejected, Replicate, TransportFailed

_TOKEN = "r8_Q0w9e8r7t6y5u4i3o2p1A2s3D4f5G6h7J8k9L0z"
_UNUSUAL = "Zx9+no/prefix=but-known-to-us"
_PASSWORD = "correct horse/battery:staple@7"

_FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "repr": repr,
    "bytes": lambda secret: repr(secret.encode()),
    "repr of a header": lambda secret: repr(f"Bearer {secret}\n"),
    "json": json.dumps,
    "json in json": lambda secret: json.dumps(json.dumps({"a": secret})),
    "percent": lambda secret: quote(secret, safe=""),
    "percent, lower case": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "form": quote_plus,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of a header": lambda secret: base64.b64encode(f"Bearer {secret}".encode()).decode(),
    "base64 of user and password": lambda secret: base64.b64encode(f"ab:{secret}".encode()).decode(),
    "base64 with one before": lambda secret: base64.b64encode(f"a{secret}bc".encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "cut": lambda secret: secret[: len(secret) * 2 // 3],
    "in a URL's user": lambda secret: f"https://{quote(secret, safe='')}@host/path",
    "in a URL's password": lambda secret: f"http://proxy:{secret}@10.0.0.1:3128",
    "in a query": lambda secret: f"GET /x?token={quote(secret)}&y=1",
}


@pytest.mark.parametrize("form", _FORMS.values(), ids=_FORMS)
@pytest.mark.parametrize("secret", [_TOKEN, _UNUSUAL, _PASSWORD], ids=["token", "unusual", "password"])
def test_a_secret_is_hidden_in_every_form(secret: str, form: Callable[[str], str]) -> None:
    hide([secret])
    said = redact(f"it failed: {form(secret)} (and so on)")
    assert form(secret) not in said
    assert secret not in said
    assert said.startswith("it failed: ")
    # no more of it is left than tells that it was there
    assert not [n for n in range(len(secret) - 8) if secret[n : n + 9] in said]


@pytest.mark.parametrize(
    "text",
    [
        f"a header: Bearer {_TOKEN[:-1]}x",
        "the webhook secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw== is wrong",
        "r8%5FQ0w9e8r7t6y5u4i3o2p1",
        base64.b64encode(b"r8_Q0w9e8r7t6y5u4i3o2p1").decode(),
        "Authorization: Basic dXNlcjpRMHc5ZThyN3Q2eTV1NA==",
        "Authorization: Token Q0w9e8r7t6y5u4i3o2p1",
        "password=Q0w9e8r7t6y5u4i3o2p1 host=x",
        "{'api_key': 'Q0w9e8r7t6y5u4i3o2p1'}",
        "postgresql://glue:Q0w9e8r7t6@y5u4i3o2p1/x@db.example:5432/app",
        "proxy http://me:Q0w9e8r7t6y5u4i3o2p1@10.0.0.1",
    ],
)
def test_what_looks_like_one_is_hidden_though_nobody_knows_it(text: str) -> None:
    said = redact(text)
    assert "Q0w9e8" not in said
    assert "MfKQ9r" not in said
    assert "UTB3OWU4" not in said
    assert "dXNlcjpR" not in said


@pytest.mark.parametrize(
    "text",
    [
        "generation 0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b: submitted with token 3 (recorded)",
        "line 12 is not a token: it is too short or too long, or has spaces or unprintable characters in it",
        "connection to server at 127.0.0.1, port 5432 failed: Connection refused",
        "the database refused the login",
        "DATABASE_URL: should be postgresql://user:password@host:5432/database",
        "Send Authorization: Bearer with the value of CRON_SECRET.",
        "Replicate can't be reached: ConnectError [Errno -2] Name or service not known",
        "https://gen.example.com:8000/webhooks/replicate?attempt=0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b",
        "postgresql://basepool_glue@db.example:5432/app",
        "token 4: unusable: its secret is not in Vault any more",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert redact(text) == text


@given(secret=st.text(min_size=10, max_size=60), before=st.text(max_size=5), after=st.text(max_size=5))
@settings(max_examples=300, deadline=None)
def test_whatever_is_known_is_hidden(secret: str, before: str, after: str) -> None:
    hide([secret])
    for form in (str, repr, json.dumps, lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")):
        written = form(secret)
        assert written not in redact(f"{before} {written} {after}")


# every kind of error that may come from below, with a token in it
async def _httpx_header() -> None:
    httpx.Request("GET", "http://x", headers={"Authorization": f"Bearer {_TOKEN}\u20ac"})


async def _aiohttp_header() -> None:
    async with aiohttp.ClientSession() as session:
        await session.get("http://127.0.0.1:1/", headers={"Authorization": f"Bearer {_TOKEN}\n"})


async def _httpx_url() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"http://me:{_TOKEN}@127.0.0.1:1/")


async def _httpx_protocol() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{_TOKEN}://127.0.0.1/")


async def _httpx_proxy() -> None:
    async with httpx.AsyncClient(proxy=f"http://me:{_TOKEN}@127.0.0.1:1") as client:
        await client.get("http://replicate.example/")


async def _aiohttp_url() -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(f"http://me:{_TOKEN}@127.0.0.1:1/")


async def _ssl() -> None:
    raise ssl.SSLCertVerificationError(1, f"hostname mismatch, certificate is not valid for '{_TOKEN}.example'")


async def _group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_ssl())


async def _unicode() -> None:
    f"Bearer {_TOKEN}\u20ac".encode("ascii")


async def _chain() -> None:
    try:
        await _aiohttp_url()
    except aiohttp.ClientError as error:
        raise httpx.ConnectError(f"{error} with {_TOKEN!r}") from error


async def _database() -> None:
    await psycopg.AsyncConnection.connect(f"postgresql://glue:{_TOKEN}@127.0.0.1:1/x?sslmode={_TOKEN}")


_ERRORS = [
    _httpx_header, _aiohttp_header, _httpx_url, _httpx_protocol, _httpx_proxy, _aiohttp_url, _ssl, _group, _unicode, _chain,
    _database,
]  # fmt: skip


async def _raised(failing: Callable[[], object]) -> BaseException:
    try:
        await failing()  # type: ignore[misc]
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A password of the database, everything is logged, and afterwards all is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    monkeypatch.setenv("DATABASE_URL", f"postgresql://glue:{quote(_PASSWORD, safe='')}@db.example/app")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    yield
    root.handlers[:], root.level = handlers, level
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("kind", ["development", "production"])
@pytest.mark.parametrize("failing", _ERRORS, ids=lambda each: each.__name__.strip("_"))
async def test_no_error_of_what_is_below_shows_it(
    failing: Callable[[], object],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BASEPOOL_ENV", kind)
    log.configure(config.load())
    error = await _raised(failing)
    logger = logging.getLogger("basepool.test")
    logger.error("failed", exc_info=error)
    logger.error("failed: %s %r", error, error, extra={"error": repr(error), "given": {"token": [_TOKEN]}})
    # a message that can't be made
    logger.error("%d", error)
    warnings.warn(f"unclosed transport for {error!r}", ResourceWarning, stacklevel=1)
    sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=_raise, args=(error,))
    thread.start()
    thread.join()
    asyncio.get_running_loop().call_exception_handler({"message": "never retrieved", "exception": error})
    said = capsys.readouterr().err
    assert "could not be written" in said
    assert "Traceback" in said
    for text in (said, describe(error), BasepoolError(f"unexpected: {error}", repr(error)).message):
        assert _TOKEN[3:] not in text
        assert _TOKEN[3:12] not in text
    if isinstance(error, psycopg.Error):
        assert _TOKEN[3:] not in from_database(error).message


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.usefixtures("environment")
def test_the_password_of_the_database_is_known_however_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(config.load())
    for form in _FORMS.values():
        logging.getLogger("basepool.test").error("%s", form(_PASSWORD))
    assert "battery" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "secret",
    ["", f"{_TOKEN}\n", f"\ufeff{_TOKEN}", f"{_TOKEN} ", f"{_TOKEN}\u00a0", f"{_TOKEN}\x00", "r8_t\u00f6ken_of_nobody"],
)
async def test_a_token_that_can_not_stand_in_a_header_is_said_to_be_unusable(secret: str) -> None:
    """Whoever hands it out: nothing is sent, and nothing of it is said."""
    async with Replicate(config.Settings(replicate_base_url="http://127.0.0.1:1")) as client:
        with pytest.raises(TransportFailed) as caught:
            await client.account(SecretStr(secret))
    assert str(caught.value) == "unusable: its secret can't stand in a header"


async def test_what_a_proxy_sends_back_is_not_kept() -> None:
    hide([_UNUSUAL])
    rejected = Rejected(400, json.dumps({"detail": f"bad header: authorization: Bearer {_UNUSUAL}", "token": _TOKEN}))
    assert _UNUSUAL not in rejected.body
    assert _TOKEN not in rejected.body
    assert json.loads(rejected.body)


def test_a_process_that_dies_shows_nothing() -> None:
    code = (
        "from basepool import redaction; redaction.install()\n"
        f"import threading; t = threading.Thread(target=lambda: 1 / 0 if not '{_TOKEN}' else int('{_TOKEN}'));"
        " t.start(); t.join()\n"
        f"class Odd:\n  def __del__(self): raise ValueError('{_TOKEN}')\n"
        "Odd()\n"
        f"raise RuntimeError('{_TOKEN}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 3
    assert _TOKEN[3:] not in done.stderr


def test_an_interrupt_is_no_error() -> None:
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        redaction._write(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert stream.getvalue() == ""
