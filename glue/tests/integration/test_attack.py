"""`basepool serve` and callers who mean harm, over raw sockets: who is slow, says too much or only sits there is let go, memory
stays in bounds, whoever has something to say is heard meanwhile, and nothing of it fills the log."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import psutil
import pytest

from dev.devserver import DevServer
from tests.support import PATIENCE_SECONDS, WEBHOOK_SECRET, Owner, Process, eventually, serving_process, signed

_MAX_BODY = 1_000_000
_MAX_BODIES = 5_000_000
_MAX_CONNECTIONS = 60
# what a process may grow by: the bodies twice (while one is put together), and what connections and answers take
_MAX_GROWTH = 100_000_000
_PIECE = b"x" * 50_000


class Serve:
    """A `basepool serve` with small bounds, and an attempt whose webhooks it takes."""

    def __init__(self, url: str, process: Process, owner: Owner) -> None:
        owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", WEBHOOK_SECRET)
        owner.submit(1)
        self.url, self.process = url, process
        self.attempt: UUID = owner.claim()["attempt_id"]
        self.path = f"/webhooks/replicate?attempt={self.attempt}"
        self._client = httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS, headers={"connection": "close"})
        self.memory = psutil.Process(process.pid).memory_info

    def connect(self) -> Caller:
        """A connection."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return Caller(parts.hostname, parts.port)

    def ask(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """What a webhook is answered. A busy machine may be too slow to send it in time: then it is sent again."""

        def ask() -> httpx.Response | None:
            with contextlib.suppress(httpx.TransportError):
                answer = self._client.post(self.url + self.path, content=body, headers=headers)
                return None if answer.status_code == 408 else answer
            return None

        return eventually(ask, "an answer")

    def post(self) -> int:
        """What a genuine webhook is answered."""
        body = b'{"id": "p1", "status": "processing", "output": null}'
        return self.ask(body, signed(body)).status_code

    def is_well(self) -> bool:
        """It hears who has something to say, has no more than it may have and did not cry."""
        assert self.process.poll() is None, self.process.said()
        assert self.post() == 200
        said = self.process.said()
        assert "Traceback" not in said
        return True

    def head(self, *lines: str, **headers: str) -> bytes:
        """The head of a forged webhook: all is there but a signature that fits."""
        given = {"host": "x", **signed(b"{}"), **{name.replace("_", "-"): value for name, value in headers.items()}}
        text = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), *lines]
        return "\r\n".join([*text, "", ""]).encode()


class Caller:
    """A socket."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, data: bytes) -> bool:
        """Whether it could be said: the other end is still there."""
        try:
            self._socket.sendall(data)
        except ConnectionError:
            return False
        return True

    def hear(self) -> bytes:
        """All that is answered until the other end closes."""
        heard = b""
        with contextlib.suppress(ConnectionError):
            while data := self._socket.recv(65536):
                heard += data
        return heard

    def only_say(self, piece: bytes) -> None:
        """Say it again and again and hear nothing until the other end closes."""
        while self.say(piece):
            pass

    def go_on(self, pieces: Iterator[bytes], pause: float = 0.0) -> bytes:
        """Say one piece after the other until the other end closes; what was answered."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        heard = b""
        for piece in pieces:
            if not self.say(piece):
                break
            self._socket.settimeout(pause or 0.000001)
            try:
                while data := self._socket.recv(65536):
                    heard += data
                break
            except (TimeoutError, BlockingIOError):
                pass
            except ConnectionError:
                break
            finally:
                self._socket.settimeout(PATIENCE_SECONDS)
            assert time.monotonic() < deadline, "it is listened to for ever"
        return heard


def _statuses(heard: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", heard)]


def _for_ever(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@contextlib.contextmanager
def _serve(server: DevServer, template: str, **variables: str) -> Iterator[Serve]:
    name = f"attack_{uuid4().hex[:8]}"
    url = server.create_database(name, template)
    try:
        with (
            Owner(url) as owner,
            serving_process(
                DATABASE_URL=url.replace("//postgres@", "//basepool_glue@"),
                **{
                    "REPLICATE_BASE_URL": "http://127.0.0.1:1",
                    "WEBHOOK_MAX_BYTES": str(_MAX_BODY),
                    "SERVE_MAX_BYTES": str(_MAX_BODIES),
                    "SERVE_MAX_CONNECTIONS": str(_MAX_CONNECTIONS),
                    "SERVE_TIMEOUT_SECONDS": "3",
                }
                | variables,
            ) as (address, process),
        ):
            yield Serve(address, process, owner)
    finally:
        server.drop_database(name)


@pytest.fixture(scope="module")
def serve(server: DevServer, template: str) -> Iterator[Serve]:
    with _serve(server, template) as serve:
        yield serve


def _blank_lines(_: Serve) -> Iterator[bytes]:
    return _for_ever(b"\r\n")


def _head_byte_by_byte(serve: Serve) -> Iterator[bytes]:
    yield b"GET /healthz HTTP/1.1\r\nx-"
    yield from _for_ever(b"x")


def _headers_one_by_one(_: Serve) -> Iterator[bytes]:
    yield b"GET /healthz HTTP/1.1\r\n"
    yield from _for_ever(b"a: b\r\n")


def _body_byte_by_byte(serve: Serve) -> Iterator[bytes]:
    yield serve.head("content-length: 1000")
    yield from _for_ever(b"x")


def _chunks_byte_by_byte(serve: Serve) -> Iterator[bytes]:
    yield serve.head("transfer-encoding: chunked")
    yield from _for_ever(b"1\r\nx\r\n")


def _promised_and_not_kept(serve: Serve) -> Iterator[bytes]:
    yield serve.head("content-length: 1000", expect="100-continue")
    yield from _for_ever(b"")


def _second_request_never_comes(_: Serve) -> Iterator[bytes]:
    yield b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    yield from _for_ever(b"")


def _second_head_byte_by_byte(_: Serve) -> Iterator[bytes]:
    yield b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /hea"
    yield from _for_ever(b"l")


def _nothing(_: Serve) -> Iterator[bytes]:
    return _for_ever(b"")


@pytest.mark.parametrize(
    ("what", "answered"),
    [
        (_nothing, []),
        (_blank_lines, [408]),
        (_head_byte_by_byte, [408]),
        (_headers_one_by_one, [408]),
        (_body_byte_by_byte, [408]),
        (_chunks_byte_by_byte, [408]),
        (_promised_and_not_kept, [100, 408]),
        (_second_request_never_comes, [200]),
        (_second_head_byte_by_byte, [200, 408]),
    ],
)
def test_who_is_slow_is_let_go(serve: Serve, what: Callable[[Serve], Iterator[bytes]], answered: list[int]) -> None:
    with serve.connect() as caller:
        assert _statuses(caller.go_on(what(serve), pause=0.1)) == answered
    assert serve.is_well()


def _endless(head: bytes, piece: bytes) -> Callable[[Serve], Iterator[bytes]]:
    def pieces(serve: Serve) -> Iterator[bytes]:
        yield head.replace(b"WEBHOOK\r\n", serve.head("transfer-encoding: chunked")[:-2])
        yield from _for_ever(piece)

    return pieces


_CHUNK = b"c350\r\n" + _PIECE + b"\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("what", "answered"),
    [
        (_endless(b"GET /", b"x" * 1000), {431}),
        (_endless(b"GET /healthz HTTP/1.1\r\nx: ", b"x" * 1000), {431}),
        (_endless(b"GET /healthz HTTP/1.1\r\nx", b"x" * 1000), {431}),
        (_endless(b"GET /healthz HTTP/1.1\r\n", b"a: b\r\n" * 100), {431}),
        (_endless(b"GET /healthz?", b"a&" * 1000), {431}),
        (_endless(b"WEBHOOK\r\n\r\n", _CHUNK), {413}),
        (_endless(b"WEBHOOK\r\n\r\n", b"1\r\nx\r\n" * 1000), {408, 413}),
        (_endless(b"WEBHOOK\r\n\r\n1;", b"x" * 1000), {408, 431}),
        (_endless(b"WEBHOOK\r\n\r\n0\r\n", b"a: b\r\n" * 100), {408, 431}),
        (_endless(b"WEBHOOK\r\n\r\n0\r\na:", b"x" * 1000), {408, 431}),
        (_endless(b"WEBHOOK\r\n\r\n", b"0"), {400, 408, 431}),
        (_endless(b"POST /webhooks/replicate HTTP/1.1\r\n" + _CHUNKED, _CHUNK), {400}),
        (_endless(b"POST /webhooks/dispatch HTTP/1.1\r\n" + _CHUNKED, _CHUNK), {503}),
        (_endless(b"POST /nowhere HTTP/1.1\r\n" + _CHUNKED, _CHUNK), {404}),
        (_endless(b"PUT /healthz HTTP/1.1\r\n" + _CHUNKED, _CHUNK), {405}),
        (_endless(b"GET /healthz HTTP/1.1\r\n" + _CHUNKED, _CHUNK), {200}),
        (_endless(b"GET /healthz HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n", _PIECE), {200}),
        (_endless(b"\r\n", b"\r\n" * 500), {408, 431}),
        (_endless(b"", b"\x00" * 1000), {400}),
        (_endless(b"", b"A" * 1000), {400}),
    ],
    ids=itertools.count(),
)
def test_who_never_ends_is_let_go(serve: Serve, what: Callable[[Serve], Iterator[bytes]], answered: set[int]) -> None:
    before = serve.memory().rss
    with serve.connect() as caller:
        statuses = _statuses(caller.go_on(what(serve)))
    # whoever never stops talking may lose the answer to the reset that ends it
    assert set(statuses) <= answered
    assert len(statuses) <= 1
    assert serve.memory().rss - before < _MAX_GROWTH
    assert serve.is_well()


def test_one_that_says_how_much_too_much_it_is_hears_so(serve: Serve) -> None:
    """All of it is still under way when the answer is; so the connection is not reset before it is heard."""
    for size in (_MAX_BODY + 1, 5 * _MAX_BODY):
        body = b"x" * size
        answer = serve.ask(body, signed(body))
        assert (answer.status_code, answer.json()["code"]) == (413, "PT413")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP"])
def test_what_unfolds_is_refused(serve: Serve, encoding: str) -> None:
    bomb = gzip.compress(b"0" * 100_000_000)
    answer = serve.ask(bomb, signed(b"{}") | {"content-encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (415, "PT415")


def _request(method: str = "GET", target: str = "/healthz", *headers: str, version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join([f"{method} {target} {version}", "host: x", "connection: close", *headers, "", ""]).encode()


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        # methods
        *((_request(method), {405}) for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")),
        *((_request(method), {400}) for method in ("FOO", "get", "G ET", "\x01", "GET\x00")),
        (_request("HEAD"), {200}),
        (_request("CONNECT", "evil.example:443"), {400, 405, 404}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
        # targets
        (_request(target="http://evil.example/healthz"), {200}),
        (_request(target="http://evil.example/webhooks/replicate"), {405}),
        (_request(target="http://evil.example"), {400, 404}),
        (_request(target="http://user:pw@evil.example:99999/healthz"), {200, 400}),
        (_request(target="//evil.example/healthz"), {404}),
        (_request(target="/\\evil.example/"), {404}),
        (_request(target="*"), {400, 404}),
        (_request("OPTIONS", "*"), {400, 404, 405}),
        (_request(target="healthz"), {400}),
        (_request(target="/%zz%00%ff"), {404}),
        (_request(target="/api/cron/%00"), {503}),
        (_request(target="/healthz/../readyz"), {404}),
        (_request(target="/healthz#x"), {200, 400, 404}),
        (_request(target="/healthz?" + "a=b&" * 3000), {200}),
        (b"GET /\xff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", {400, 404}),
        # versions
        (_request(version="HTTP/1.0"), {200}),
        (_request(version="HTTP/0.9"), {200, 400}),
        (_request(version="HTTP/2.0"), {200, 400}),
        (_request(version="HTTP/9.9"), {400}),
        (_request(version="HTTPS/1.1"), {400}),
        (b"GET /healthz\r\n\r\n", {200, 400}),
        # what could be read in two ways
        (_request("POST", "/healthz", "content-length: 3", "transfer-encoding: chunked") + b"0\r\n\r\n", {400, 405}),
        (_request("POST", "/healthz", "content-length: 3", "content-length: 4") + b"xxxx", {400}),
        (_request("POST", "/healthz", "content-length: -1"), {400}),
        (_request("POST", "/healthz", "content-length: +3") + b"xxx", {400}),
        (_request("POST", "/healthz", "content-length: 99999999999999999999999"), {400}),
        (_request("POST", "/healthz", "transfer-encoding: gzip, chunked") + b"0\r\n\r\n", {400, 405}),
        (_request("POST", "/healthz", "transfer-encoding: identity"), {400, 405}),
        (_request("POST", "/healthz", "transfer-encoding: chunked") + b"zz\r\n", {400, 405}),
        (_request("POST", "/healthz", "transfer-encoding: chunked") + b"ffffffffffffffffff\r\n", {400, 405}),
        # headers
        (_request("GET", "/healthz", "x y: z"), {400}),
        (_request("GET", "/healthz", ": z"), {400}),
        (_request("GET", "/healthz", "x: a\x00b"), {400}),
        (_request("GET", "/healthz", "upgrade: websocket", "connection: upgrade"), {200}),
        (_request("GET", "/healthz", "upgrade: h2c", "connection: upgrade, http2-settings"), {200}),
        (b"GET /healthz HTTP/1.1\nhost: x\nconnection: close\n\n", {200, 400}),
        (b"GET /healthz HTTP/1.1\r\nhost: x\r\n folded\r\nconnection: close\r\n\r\n", {200, 400}),
        # other protocols
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
        (b"SSH-2.0-OpenSSH_9.6\r\n", {400}),
        (b"\x05\x01\x00", {400}),
        (b"EHLO evil.example\r\n", {400}),
    ],
    ids=itertools.count(),
)
def test_what_is_odd_is_answered_as_what_it_is(serve: Serve, said: bytes, answered: set[int]) -> None:
    with serve.connect() as caller:
        caller.say(said)
        heard = caller.hear()
    assert len(_statuses(heard)) == 1
    assert set(_statuses(heard)) <= answered
    assert b"location" not in heard.lower()
    assert b"evil.example" not in heard
    assert serve.is_well()


def test_requests_in_a_row_are_answered_in_their_order(serve: Serve) -> None:
    with serve.connect() as caller:
        caller.say(
            b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n" * 10 + _request()
        )
        assert _statuses(caller.hear()) == [200, 404] * 10 + [200]


def test_more_requests_than_answers_end_the_connection_after_some_answers(serve: Serve) -> None:
    with serve.connect() as caller:
        caller.say(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 5000)
        heard = caller.hear()
    statuses = _statuses(heard)
    assert set(statuses) == {200}
    assert 10 < len(statuses) <= 5000
    assert heard.rstrip().endswith(b'{"ok":true}')
    assert serve.is_well()


def test_what_follows_a_request_and_is_none_does_not_take_its_answer(serve: Serve) -> None:
    with serve.connect() as caller:
        caller.say(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nwhat is this\r\n\r\n")
        assert _statuses(caller.hear()) == [200]
    assert serve.is_well()


def test_who_does_not_take_the_answers_is_let_go(serve: Serve) -> None:
    with serve.connect() as caller:
        caller.only_say(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n")
    assert serve.is_well()


def test_who_goes_away_leaves_nothing(serve: Serve) -> None:
    for _ in range(20):
        for how in (serve.head("content-length: 1000") + b"x" * 500, b"GET /rea", _request(target="/readyz")):
            with serve.connect() as caller:
                caller.say(how)
    assert serve.is_well()


@pytest.mark.parametrize("said", [b"", b"GET /hea", b"HALF A BODY"])
def test_who_only_sits_there_makes_room_for_who_comes(serve: Serve, said: bytes) -> None:
    """Three times as many as there may be: those who came first are closed, and a genuine webhook is taken meanwhile."""
    said = serve.head("content-length: 1000") + b"x" if said == b"HALF A BODY" else said
    with contextlib.ExitStack() as stack:
        for number in range(3 * _MAX_CONNECTIONS):
            stack.enter_context(serve.connect()).say(said)
            if number % 40 == 0:
                assert serve.post() == 200
        assert serve.is_well()
        assert len(psutil.Process(serve.process.pid).net_connections()) < 2 * _MAX_CONNECTIONS


def test_bodies_of_many_are_held_in_bounds(server: DevServer, template: str) -> None:
    """A hundred of them, each as large as one may be, and never at their end: the memory they take has a bound, those beyond
    are told to come again, and when they are gone all is as before."""
    with _serve(server, template, SERVE_MAX_CONNECTIONS="1000", SERVE_TIMEOUT_SECONDS="10") as serve:
        assert serve.is_well()
        before = serve.memory().rss
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(serve.connect()) for _ in range(100)]
            said = [caller.say(serve.head(f"content-length: {_MAX_BODY}")) for caller in callers]
            for _ in range(15):
                said = [before and caller.say(_PIECE) for caller, before in zip(callers, said, strict=True)]
                assert serve.memory().rss - before < _MAX_GROWTH
            statuses = {
                status for caller, still in zip(callers, said, strict=True) for status in _statuses(caller.hear())
            }
        assert statuses == {408, 503}
        eventually(lambda: serve.post() == 200, "that there is room again")
        assert "webhooks are sent away" in serve.process.said()
        assert serve.is_well()


def test_forged_ones_fill_no_log(serve: Serve) -> None:
    before = len(serve.process.said())
    began = time.monotonic()
    for _ in range(200):
        assert serve.ask(b"{}", signed(b"[]")).status_code == 401
    assert len(serve.process.said()) - before < 1000 * (2 + time.monotonic() - began)


def test_it_stops_whoever_is_half_way(server: DevServer, template: str) -> None:
    with _serve(server, template) as serve, contextlib.ExitStack() as stack:
        for said in (b"", b"GET /hea", serve.head("content-length: 1000"), b"GET /healthz HTTP/1.1\r\n\r\n"):
            stack.enter_context(serve.connect()).say(said)
        serve.process.send_signal(signal.SIGTERM)
        assert serve.process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
        assert "Traceback" not in serve.process.said()
