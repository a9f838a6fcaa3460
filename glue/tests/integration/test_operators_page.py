"""The operator's page over HTTP: who gets in, what each screen says, what may be done, and what an attacker can't."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.web.admin import actions, screens
from basepool.web.app import create_app
from basepool.web.server import make_server
from dev.devserver import DevServer
from tests.operators import ANNA, BOB, ENVIRONMENT, EVIL, SECRET, TOKEN, Operator, Seeded, operator, seed
from tests.support import Owner, basepool, eventually, running, serving_process

_OPERATORS = ENVIRONMENT["OPERATORS"]
_HTTPS = "https://pool.example"


class Page:
    """What the tests of this module share: one database, and one server."""

    def __init__(self, url: str, database_url: str, owner: Owner, seeded: Seeded) -> None:
        self.url, self.database_url, self.owner, self.seeded = url, database_url, owner, seeded


@pytest.fixture(scope="module")
def page(server: DevServer, template: str) -> Iterator[Page]:
    database_url = server.create_database("operators_page", template)
    glue_url = database_url.replace("//postgres@", "//basepool_glue@")
    with Owner(database_url) as owner:
        seeded = seed(owner)
        with serving_process(DATABASE_URL=glue_url, **ENVIRONMENT) as (url, _):
            yield Page(url, database_url, owner, seeded)
    server.drop_database("operators_page")


@pytest.fixture
def anna(page: Page) -> Iterator[Operator]:
    with operator(page.url) as one:
        yield one


@pytest.fixture
def bob(page: Page) -> Iterator[Operator]:
    """Who may only look."""
    with operator(page.url, "bob", BOB) as one:
        yield one


def _screens(page: Page) -> list[str]:
    """Every screen, and every question before an action."""
    seeded = page.seeded
    decision = page.owner.rows("select id from basepool.decisions order by id desc limit 1")
    paths = [
        path.replace("{name}", "stuck_after")
        for path, _ in screens.SCREENS
        if path not in {"/generations/{id}", "/decisions/{id}"}
    ]
    assert decision
    return [
        *paths,
        *(f"/generations/{id}" for id in (seeded.waiting, seeded.running, seeded.failed, seeded.completed)),
        *(f"/generations?tab={tab}" for tab in screens.TABS),
        f"/decisions/{decision[0][0]}",
        "/find?q=nothing",
        "/what-if?look=1&limit_1=20&active_1=1&active_2=1",
        *(f"/money?by={by}&days=2" for by in ("user", "token", "account")),
        "/settings/stuck_after?value=20+minutes",
        f"/act/generations?action=cancel&ids={seeded.waiting}",
        "/act/generations?action=cancel&tab=waiting",
        "/act/token?token_id=1&action=limit&value=3",
        f"/act/pool?action=pause&kind=model&name={quote(EVIL)}",
        "/act/job?job=cleanup",
    ]


@contextlib.asynccontextmanager
async def _client(origin: str = _HTTPS, /, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The application without a database, which a login does not need."""
    given = {"operator_secret": SECRET, "operators": _OPERATORS, "database_url": "postgresql://nobody@127.0.0.1:1/none"}
    app = create_app(Settings(**{**given, **settings}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin) as client,
    ):
        yield client


async def _log_in(client: httpx.AsyncClient, name: str = "anna", secret: str = ANNA, **form: str) -> httpx.Response:
    origin = str(client.base_url).rstrip("/")
    return await client.post("/admin/login", data={"name": name, "secret": secret, **form}, headers={"origin": origin})


# a screen that needs no database
_ASKS = "/admin/act/job?job=cleanup"


async def _is_in(client: httpx.AsyncClient) -> bool:
    return (await client.get(_ASKS)).status_code == 200


@pytest.mark.parametrize("missing", [("operators",), ("operator_secret",), ("operators", "operator_secret")])
async def test_without_a_secret_or_operators_there_is_no_page(missing: tuple[str, ...]) -> None:
    nothing: dict[str, Any] = dict.fromkeys(missing)
    async with _client(**nothing) as client:
        for path in ("/admin", "/admin/", "/admin/login", "/admin/static/admin.css", "/admin/pool"):
            assert (await client.get(path)).status_code == 404
        assert (await _log_in(client)).status_code == 404


async def test_it_is_where_the_settings_say() -> None:
    async with _client(dashboard_path="/on/call/") as client:
        assert (await client.get("/admin/")).status_code == 404
        assert (await client.get("/on/call")).headers["location"] == "/on/call/"
        answer = await client.get("/on/call/pool?x=1")
        assert answer.headers["location"] == "/on/call/login?next=%2Fon%2Fcall%2Fpool%3Fx%3D1"


async def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    async with _client() as client:
        [cookie] = (await _log_in(client)).headers.get_list("set-cookie")
        assert cookie.startswith("__Host-basepool-session=")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert parts == {"max-age=43200", "path=/", "secure", "httponly", "samesite=strict"}
        assert ANNA not in cookie
        assert await _is_in(client)


@pytest.mark.parametrize(
    ("origin", "settings", "headers", "is_secure"),
    [
        ("http://127.0.0.1:8000", {}, {}, False),
        ("http://localhost:8000", {}, {}, False),
        ("http://pool.example", {}, {}, True),
        ("http://127.0.0.1:8000", {"basepool_env": "production"}, {}, True),
        # somebody is in between, and asks by the address that only it uses
        ("http://127.0.0.1:8000", {}, {"x-forwarded-proto": "https"}, True),
        ("http://127.0.0.1:8000", {"public_url": "https://pool.example"}, {}, True),
    ],
)
async def test_only_who_develops_gets_another_cookie(
    origin: str, settings: dict[str, Any], headers: dict[str, str], is_secure: bool
) -> None:
    async with _client(origin, **settings) as client:
        client.headers.update(headers)
        [cookie] = (await _log_in(client)).headers.get_list("set-cookie")
        name = "__Host-basepool-session" if is_secure else "basepool-development-session"
        assert cookie.startswith(f"{name}=")
        assert ("secure" in cookie.lower()) == is_secure
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()


async def test_what_a_development_cookie_says_counts_nowhere_else() -> None:
    async with _client("http://127.0.0.1:8000") as client:
        await _log_in(client)
        value = client.cookies["basepool-development-session"]
    async with _client() as client:
        client.cookies.set("basepool-development-session", value)
        assert not await _is_in(client)


async def test_nobody_guesses_a_secret() -> None:
    """Nor learns by the answers which names there are."""
    async with _client() as client:
        refused = [
            await _log_in(client, name, secret) for name, secret in (("anna", ANNA[:-1]), ("nobody", ANNA), ("", ""))
        ]
        refused += [
            await _log_in(client, "anna", BOB),
            await _log_in(client, "anna\x00", "é" * 3000),
        ]
        assert {answer.status_code for answer in refused} == {401}
        assert len({re.sub("<input[^>]*>", "", answer.text) for answer in refused}) == 1
        closed = await _log_in(client)
        assert closed.status_code == 429
        assert 1 <= int(closed.headers["retry-after"]) <= 61
        assert not closed.headers.get_list("set-cookie")
        assert ANNA not in closed.text


async def test_who_is_in_stays_in_while_others_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    async with _client() as client:
        assert (await _log_in(client)).status_code == 303
        for _ in range(7):
            await _log_in(client, "anna", "wrong")
        assert await _is_in(client)
        now = time.monotonic()
        monkeypatch.setattr("basepool.web.admin.sessions.time.monotonic", lambda: now + 61)
        assert (await _log_in(client)).status_code == 303


async def test_a_forged_or_old_session_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "__Host-basepool-session"
    async with _client() as client:
        await _log_in(client)
        good = client.cookies[name]
        body, at, signature = good.rsplit(".", 2)
        async with _client(operator_secret="another-secret-of-operators") as other:
            await _log_in(other)
            foreign = other.cookies[name]
        swapped = signature[:-2] + ("AA" if not signature.endswith("AA") else "BB")
        forged = [
            "",
            "x",
            "..",
            foreign,
            f"{body}.{at}.",
            f"{body}.{at}.{swapped}",
            f"{body[:-1]}.{at}.{signature}",
            good[:-3],
        ]
        for value in [*forged, f"{body}.{at}x.{signature}", "é", "a" * 5000]:
            answer = await client.get(_ASKS, headers={"cookie": f"{name}={quote(value)}"}, cookies=None)
            # the client adds its own
            assert answer.status_code in {200, 303}
        client.cookies.clear()
        for value in forged:
            answer = await client.get(_ASKS, headers={"cookie": f"{name}={value}"})
            assert answer.status_code == 303, value
        assert (await client.get(_ASKS, headers={"cookie": f"{name}={good}"})).status_code == 200
        now = time.time()
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 12 * 3600 + 5)
        assert (await client.get(_ASKS, headers={"cookie": f"{name}={good}"})).status_code == 303


@pytest.mark.parametrize("operators", [f"anna:{'n' * 16}", f"anna:{ANNA}:read", f"bob:{BOB}"])
async def test_a_session_ends_when_its_operator_changes(operators: str) -> None:
    """Who has another secret, or other rights, or is gone, logs in again."""
    async with _client() as client:
        await _log_in(client)
        value = client.cookies["__Host-basepool-session"]
    async with _client(operators=operators) as client:
        client.cookies.set("__Host-basepool-session", value)
        assert not await _is_in(client)


async def test_after_the_logout_a_copy_of_the_cookie_is_worth_nothing() -> None:
    async with _client() as client:
        await _log_in(client)
        value = client.cookies["__Host-basepool-session"]
        proof = re.findall(r'name="proof" value="(\w+)"', (await client.get(_ASKS)).text)[0]
        refused = await client.post("/admin/logout", data={"proof": "x"}, headers={"origin": _HTTPS})
        assert refused.status_code == 403
        assert await _is_in(client)
        answer = await client.post("/admin/logout", data={"proof": proof}, headers={"origin": _HTTPS})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
        client.cookies.clear()
        client.cookies.set("__Host-basepool-session", value)
        assert not await _is_in(client)


@pytest.mark.parametrize(
    ("next", "goes"),
    [
        ("/admin/pool?x=1", "/admin/pool?x=1"),
        ("", "/admin/"),
        ("https://evil.example/admin/", "/admin/"),
        ("//evil.example/admin/", "/admin/"),
        ("/admin//evil.example", "/admin/"),
        ("/admin/\\evil.example", "/admin/"),
        ("/admin/\r\nset-cookie: a=b", "/admin/"),
        ("/elsewhere", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
    ],
)
async def test_the_login_leads_nowhere_else(next: str, goes: str) -> None:
    async with _client() as client:
        answer = await _log_in(client, next=next)
        assert (answer.status_code, answer.headers["location"]) == (303, goes)
        assert "a" not in client.cookies


_FOREIGN: list[dict[str, str]] = [
    {},
    {"origin": "null"},
    {"origin": "https://evil.example"},
    {"origin": "https://pool.example.evil.example"},
    {"origin": "https://pool.example:444"},
    {"origin": "http://pool.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": _HTTPS, "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    {"origin": "https://evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
    {"origin": "https://evil.example", "forwarded": "host=evil.example;proto=https"},
    {"origin": "https://evil.example", "referer": f"{_HTTPS}/admin/"},
]


@pytest.mark.parametrize("headers", _FOREIGN, ids=str)
async def test_no_other_site_logs_somebody_in_or_acts(headers: dict[str, str]) -> None:
    async with _client() as client:
        answer = await client.post("/admin/login", data={"name": "anna", "secret": ANNA}, headers=headers)
        assert answer.status_code == 403
        await _log_in(client)
        proof = re.findall(r'name="proof" value="(\w+)"', (await client.get(_ASKS)).text)[0]
        answer = await client.post("/admin/act/job", data={"proof": proof, "job": "cleanup"}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": _HTTPS},
        # what browsers say to a page that tells nobody where it comes from
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": _HTTPS, "sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
async def test_its_own_forms_are_taken(headers: dict[str, str]) -> None:
    async with _client() as client:
        answer = await client.post("/admin/login", data={"name": "anna", "secret": ANNA}, headers=headers)
        assert answer.status_code == 303


@pytest.mark.parametrize(
    "host", ["[", "pool.example:x", "a b", "pool.example@evil.example", "127.0.0.1.evil.example", ""]
)
async def test_whatever_host_is_named_the_cookie_is_safe(host: str) -> None:
    async with _client("http://127.0.0.1:8000") as client:
        answer = await client.get("/admin/pool?x=%zz", headers={"host": host})
        assert answer.status_code == 303
        headers = {"host": host, "sec-fetch-site": "same-origin"}
        answer = await client.post("/admin/login", data={"name": "anna", "secret": ANNA}, headers=headers)
        assert answer.headers["set-cookie"].startswith("__Host-")
        assert answer.headers["location"] == "/admin/"


async def test_behind_a_proxy_that_changes_the_host_the_public_url_counts() -> None:
    async with _client("http://127.0.0.1:8000", public_url="https://pool.example") as client:
        headers = {"origin": "https://pool.example", "sec-fetch-site": "same-origin"}
        answer = await client.post("/admin/login", data={"name": "anna", "secret": ANNA}, headers=headers)
        assert answer.status_code == 303
        assert "__Host-" in answer.headers["set-cookie"]


async def test_a_form_is_a_small_form() -> None:
    async with _client() as client:
        headers = {"origin": _HTTPS}
        long = await client.post("/admin/login", data={"name": "a" * 300_000}, headers=headers)
        assert long.status_code == 413
        assert (
            await client.post("/admin/login", json={"name": "anna", "secret": ANNA}, headers=headers)
        ).status_code == 415
        headers["content-type"] = "application/x-www-form-urlencoded"
        for body in (b"name=%ff&secret=x", b"name=\xff", b"&".join(b"a=b" for _ in range(500))):
            assert (await client.post("/admin/login", content=body, headers=headers)).status_code == 400


async def test_without_its_database_it_says_so() -> None:
    async with _client(db_timeout_seconds=0.5) as client:
        await _log_in(client)
        for accepts in ("text/html", "application/json"):
            answer = await client.get("/admin/", headers={"accept": accepts})
            assert answer.status_code == 503
            assert "the database can" in answer.text
            assert "nobody@" not in answer.text


def test_forwarded_headers_count_only_from_those_who_are_listed() -> None:
    """uvicorn by itself would believe whoever calls from this machine."""
    trusting = make_server(create_app(Settings()), Settings(forwarded_allow_ips="10.0.0.1")).config
    assert (trusting.proxy_headers, trusting.forwarded_allow_ips) == (True, "10.0.0.1")
    assert make_server(create_app(Settings()), Settings()).config.proxy_headers is False


@pytest.mark.parametrize("listed", [None, "127.0.0.1"])
def test_a_forged_scheme_is_believed_of_nobody_else(listed: str | None) -> None:
    given = {"FORWARDED_ALLOW_IPS": listed} if listed else {}
    variables = {**ENVIRONMENT, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", **given}
    with serving_process(**variables) as (url, _):
        https = url.replace("http://", "https://")
        for origin, proto in ((url, "http"), (url.replace("127.0.0.1", "evil.example"), "https")):
            answer = httpx.post(
                f"{url}/admin/login",
                data={"name": "anna", "secret": ANNA},
                headers={"origin": origin, "x-forwarded-proto": proto, "x-forwarded-host": "evil.example"},
                trust_env=False,
            )
            assert answer.status_code == (303 if origin == url else 403)
        assert https


# with a database


def test_who_has_not_logged_in_sees_nothing(page: Page) -> None:
    with httpx.Client(base_url=f"{page.url}/admin", trust_env=False) as client:
        for path in _screens(page):
            answer = client.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/admin/login?next=%2Fadmin%2F")
            answer = client.get(path, headers={"accept": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (401, "PT401")
        for path, _ in actions.ACTIONS:
            for headers in ({}, {"origin": page.url}):
                where = path.replace("{id}", str(page.seeded.failed)).replace("{name}", "stuck_after")
                assert client.post(where, data={"action": "cancel"}, headers=headers).status_code == 401
        assert client.get("/login").status_code == 200
        assert client.get("/nothing").status_code == 404
    assert page.owner.value("select count(*) from basepool.audit where actor is not null") == 0


def test_every_screen_reads_as_html_and_as_json(page: Page, anna: Operator) -> None:
    """Without a word of a prompt, without a secret, and with nothing in it that runs."""
    seen = ""
    for path in _screens(page):
        answer = anna.get(path)
        if path == "/find":
            assert answer.status_code == 200
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["content-type"].startswith("text/html")
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} <= set(policy)
        assert "unsafe" not in str(policy)
        assert "data:" not in str(policy)
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "<h1" in answer.text
        assert "<title>" in answer.text
        assert "<script>" not in answer.text
        assert "<img src=x" not in answer.text
        assert " style=" not in answer.text
        assert "onerror=alert(2)>" not in answer.text
        for word in (TOKEN, TOKEN[:-1], "whsec_", SECRET, ANNA, BOB, "a secret wish", "key=private"):
            assert word not in answer.text, (path, word)
        program = anna.client.get(f"/admin{path}", headers={"accept": "application/json"})
        assert program.status_code == 200, (path, program.text)
        assert isinstance(program.json(), dict)
        for word in (TOKEN, TOKEN[:-1], "whsec_", "a secret wish", "key=private"):
            assert word not in program.text, (path, word)
        seen += answer.text
    # it was shown, as what it is
    assert "&lt;script&gt;alert(1)" in seen


def test_every_screen_has_its_tables_and_times_said(page: Page, anna: Operator) -> None:
    for path in _screens(page):
        text = anna.get(path).text
        assert len(re.findall("<table", text)) == len(re.findall("<caption>", text)), path
        assert re.findall(r"<th(?: class=\"[^\"]*\")?>", text) == [], path
        assert all("datetime=" in tag and "title=" in tag for tag in re.findall("<time[^>]*>", text)), path
        assert 'href="#main"' in text
        assert 'id="main"' in text
        assert text.count("<h1") == 1


def test_who_has_seen_it_is_told_nothing_new(page: Page, anna: Operator, bob: Operator) -> None:
    for path in ("/", "/generations", f"/generations/{page.seeded.waiting}", "/pool", "/jobs", "/settings", "/audit"):
        first = anna.get(path)
        stamp = first.headers["etag"]
        assert f'data-stamp="{stamp[1:-1]}"' in first.text or stamp.replace('"', "&#34;") in first.text

        def is_told_nothing(path: str = path, stamp: str = stamp) -> bool:
            answer = anna.get(path, **{"if-none-match": stamp})
            return answer.status_code == 204 and not answer.content

        # a token's rate or a worker may have changed in between
        eventually(is_told_nothing, "silence", 30)
        assert bob.get(path, **{"if-none-match": stamp}).status_code == 200
    stamp = anna.get("/generations?tab=waiting").headers["etag"]
    page.owner.submit(4, "one more")
    assert anna.get("/generations?tab=waiting", **{"if-none-match": stamp}).status_code == 200


def test_the_search_box_finds_what_one_has_in_hand(page: Page, anna: Operator) -> None:
    seeded = page.seeded
    for text in (str(seeded.completed), "p-lighthouse", f" {seeded.completed} "):
        answer = anna.get(f"/find?q={quote(text)}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/generations/{seeded.completed}")
    user = page.owner.value("select user_id::text from public.generations where id = %s", seeded.completed)
    assert anna.get(f"/find?q={user}").headers["location"].endswith(f"user={user}")
    assert "Nothing found" in anna.get(f"/find?q={quote(EVIL)}").text
    assert anna.json("/find?q=p-lighthouse")["generations"] == [str(seeded.completed)]


def test_filters_stand_in_the_url(page: Page, anna: Operator) -> None:
    text = anna.get("/generations?tab=attempts&model=acme/painter&token=1&since=2020-01-01T00:00").text
    assert 'value="acme/painter"' in text
    assert 'value="2020-01-01T00:00"' in text
    rows = anna.json("/generations?tab=attempts&token=1")["rows"]
    assert {row["token_id"] for row in rows} == {1}
    for bad in ("tab=nothing", "token=one", "user=x", "since=yesterday-ish", "cursor=nonsense"):
        answer = anna.get(f"/generations?{bad}")
        assert answer.status_code == 400, bad
        assert answer.text.count('role="alert"') == 1
    for path in (
        "/generations/nothing",
        f"/generations/{page.owner.value('select gen_random_uuid()')}",
        "/settings/no_such",
    ):
        assert anna.get(path).status_code == 404


def test_wrong_forms_are_refused_in_words(page: Page, anna: Operator) -> None:
    for path in (
        "/act/token?token_id=x&action=disable",
        "/act/token?token_id=1&action=explode",
        "/act/token?token_id=1&action=limit&value=many",
        "/act/pool?action=pause&kind=user&name=x",
        "/act/pool?action=pause&kind=model",
        "/act/job?job=../etc",
        "/act/generations?action=explode",
        "/money?by=cat",
        "/money?days=0",
        "/what-if?look=1&limit_1=many",
    ):
        assert anna.get(path).status_code == 400, path


@pytest.mark.parametrize("proof", ["", "x", "é", "bob's"])
def test_without_the_proof_of_its_session_nothing_is_done(
    page: Page, anna: Operator, bob: Operator, proof: str
) -> None:
    before = page.owner.value("select count(*) from basepool.audit")
    anna.proof = bob.proof if proof == "bob's" else proof
    for path, form in _every_action(page):
        assert anna.post(path, **form).status_code == 403, path
    assert page.owner.value("select count(*) from basepool.audit") == before


def _every_action(page: Page) -> list[tuple[str, dict[str, str]]]:
    return [
        ("/act/generations", {"action": "cancel", "ids": str(page.seeded.waiting), "step": "at once"}),
        ("/act/generations", {"action": "retry", "tab": "failed", "step": "look"}),
        ("/act/token", {"action": "disable", "token_id": "1"}),
        ("/act/pool", {"action": "pause", "kind": "pool"}),
        ("/act/job", {"job": "cleanup"}),
        ("/settings/stuck_after", {"value": "20 minutes", "expected": "30 minutes"}),
        (f"/generations/{page.seeded.failed}/input", {}),
    ]


def test_who_may_only_look_can_do_nothing(page: Page, bob: Operator) -> None:
    before = page.owner.value("select count(*) from basepool.audit")
    for path, form in _every_action(page):
        answer = bob.post(path, **form)
        assert answer.status_code == 403, path
        assert "you may look and not act" in answer.text
    assert page.owner.value("select count(*) from basepool.audit") == before
    assert {path for path, _ in actions.ACTIONS} == {
        re.sub(r"/generations/[^/]+/input", "/generations/{id}/input", path).replace("stuck_after", "{name}")
        for path, _ in _every_action(page)
    }
    for path in _screens(page):
        text = bob.get(path).text
        assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', text) == ["/admin/logout"], path
        assert 'action="/admin/act/' not in text, path


def test_a_token_is_disabled_enabled_limited_and_probed(page: Page, anna: Operator) -> None:
    question = anna.get("/act/token?token_id=1&action=disable")
    assert "Disable token 1" in question.text
    for action, id, value in (("disable", 1, ""), ("enable", 1, ""), ("limit", 1, "7"), ("probe", 2, "")):
        answer = anna.post("/act/token", action=action, token_id=str(id), value=value)
        assert answer.status_code == 303, answer.text
        # it is said once, on the page that follows
        assert 'class="told"' in anna.client.get(answer.headers["location"]).text
        assert 'class="told"' not in anna.get("/pool").text
        [is_active, seats] = page.owner.rows(
            "select is_active, max_in_flight from public.replicate_tokens where id = 1"
        )[0]
        assert (is_active, seats) == (action != "disable", 7 if action in {"limit", "probe"} else 10)
    rows = page.owner.rows(
        "select actor, target, details::text ~ 'was' and details::text ~ 'is' from basepool.audit"
        " where action like 'tokens %%' and actor is not null order by id"
    )
    assert rows == [("anna", "1", True)] * 3 + [("anna", "2", True)]
    missing = anna.post("/act/token", action="disable", token_id="99")
    assert missing.status_code == 409
    assert "99" in missing.text


def test_models_accounts_and_the_pool_are_paused_and_resumed(page: Page, anna: Operator) -> None:
    for kind, name in (("pool", ""), ("model", "acme/other"), ("account", "one")):
        answer = anna.post("/act/pool", action="pause", kind=kind, name=name, reason=EVIL)
        assert answer.status_code == 303, answer.text
        text = anna.get("/").text + anna.get("/pool").text
        assert "&lt;script&gt;" in text
        assert "<script>" not in text
        assert anna.post("/act/pool", action="resume", kind=kind, name=name).status_code == 303
    rows = page.owner.rows(
        "select action, actor from basepool.audit where actor is not null and action in ('pause', 'resume')"
    )
    assert rows == [("pause", "anna"), ("resume", "anna")] * 3
    assert anna.post("/act/pool", action="pause", kind="account", name="nobody's").status_code == 404


def test_a_job_is_run(page: Page, anna: Operator) -> None:
    done = anna.client.post(
        "/admin/act/job",
        data={"proof": anna.proof, "job": "prune"},
        headers={"origin": page.url, "accept": "application/json"},
    )
    assert (done.status_code, done.json()["ok"]) == (200, True)
    assert page.owner.rows("select actor from basepool.audit where action = 'run-job'") == [("anna",)]
    assert anna.post("/act/job", job="no-such-job").status_code == 409
    assert "prune" in anna.get("/jobs").text


def test_a_setting_is_compared_and_then_changed(page: Page, anna: Operator) -> None:
    text = anna.get("/settings/stuck_after?value=20+minutes").text
    assert "<del>30 minutes</del>" in text
    assert "<ins>20 minutes</ins>" in text
    assert anna.post("/settings/stuck_after", value="20 minutes", expected="30 minutes").status_code == 303
    stale = anna.post("/settings/stuck_after", value="25 minutes", expected="30 minutes")
    assert stale.status_code == 409
    assert "by now" in stale.text
    assert anna.post("/settings/stuck_after", value="-1", expected="20 minutes").status_code == 409
    assert 'name="default"' in anna.get("/settings/stuck_after").text
    assert anna.post("/settings/stuck_after", default="1", expected="20 minutes").status_code == 303
    assert page.owner.value("select stuck_after::text from basepool.settings") == "00:30:00"
    assert page.owner.value("select count(*) from basepool.audit where actor = 'anna' and target = 'stuck_after'") == 2


def test_what_was_put_in_is_behind_a_click_that_is_written_down(page: Page, anna: Operator) -> None:
    id = page.owner.submit(9, f"a wish {EVIL} {TOKEN}")
    assert anna.get(f"/generations/{id}/input").status_code == 405
    answer = anna.post(f"/generations/{id}/input")
    assert answer.status_code == 200
    assert "a wish &lt;script&gt;" in answer.text
    assert "<script>" not in answer.text
    assert TOKEN not in answer.text
    assert page.owner.rows("select actor from basepool.audit where action = 'show input' and target = %s", str(id)) == [
        ("anna",)
    ]


def test_one_is_cancelled_and_retried(page: Page, anna: Operator) -> None:
    id = page.owner.submit(10)
    assert "Cancel generation" in anna.get(f"/act/generations?action=cancel&ids={id}").text
    answer = anna.post("/act/generations", action="cancel", ids=str(id), step="at once")
    assert answer.headers["location"] == f"/admin/generations/{id}"
    assert "Cancel:" in anna.client.get(answer.headers["location"]).text
    assert page.owner.value("select status from public.generations where id = %s", id) == "cancelled"
    failed = page.owner.submit(11)
    page.owner.rows("select basepool._settle_generation(%s, 'failed', 'it failed')", failed)
    assert 'value="retry"' in anna.get(f"/generations/{failed}").text
    assert anna.post("/act/generations", action="retry", ids=str(failed), step="at once").status_code == 303
    assert "Retried as" in anna.get(f"/generations/{failed}").text


def test_many_are_looked_at_before_they_are_cancelled(page: Page, anna: Operator) -> None:
    ids = [page.owner.submit(20 + number, model="acme/many") for number in range(4)]
    filter = {"tab": "waiting", "model": "acme/many", "since": "2020-01-01T00:00"}
    assert "First it is looked" in anna.get("/act/generations?action=cancel&tab=waiting&model=acme/many").text
    looked = anna.post("/act/generations", action="cancel", step="look", **filter)
    assert looked.status_code == 200
    assert "Cancel 4 generations?" in looked.text
    assert (
        page.owner.value("select count(*) from public.generations where status = 'cancelled' and id = any(%s)", ids)
        == 0
    )
    [dry_run] = re.findall(r'name="dry_run" value="([^"]+)"', looked.text)
    # what comes in the meantime was not looked at
    later = page.owner.submit(30, model="acme/many")
    with operator(page.url) as other:
        # the same operator in another browser may; a forged one may not
        assert other.post("/act/generations", action="cancel", step="do", dry_run="forged", **filter).status_code == 409
    done = anna.post("/act/generations", action="cancel", step="do", dry_run=dry_run, **filter)
    assert done.status_code == 303, done.text
    assert "4" in re.findall(r'class="told" role="status">([^<]*)', anna.client.get(done.headers["location"]).text)[0]
    assert (
        page.owner.value("select count(*) from public.generations where status = 'cancelled' and id = any(%s)", ids)
        == 4
    )
    assert page.owner.value("select status from public.generations where id = %s", later) == "pending"
    again = anna.post("/act/generations", action="cancel", step="do", dry_run=dry_run, **filter)
    assert again.status_code == 409
    assert page.owner.rows(
        "select actor, target from basepool.audit where action = 'cancel' and target = '4 generations'"
    ) == [("anna", "4 generations")]


def test_programs_get_what_was_done(page: Page, anna: Operator) -> None:
    id = page.owner.submit(40)
    headers = {"origin": page.url, "accept": "application/json"}
    form = {"proof": anna.proof, "action": "cancel", "ids": str(id), "step": "at once"}
    answer = anna.client.post("/admin/act/generations", data=form, headers=headers)
    assert answer.status_code == 200
    assert sum(answer.json()["done"].values()) == 1
    refused = anna.client.post("/admin/act/generations", data={**form, "proof": "x"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "PT403")


def test_what_does_not_change_is_kept_by_the_browser(page: Page, anna: Operator) -> None:
    text = anna.get("/").text
    found = re.findall(r'(?:href|src)="(/admin/static/[^"]+)"', text)
    assert len(found) == 3
    for address in found:
        answer = anna.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert anna.get("/static/nothing.js").status_code == 404
    assert anna.get("/static/..%2fpages.py").status_code == 404


def test_what_was_said_last_can_not_be_forged(page: Page, anna: Operator) -> None:
    anna.client.cookies.set("basepool-development-said", "eyJ0ZXh0IjoiZXZpbCJ9.aaaa.bbbb")
    assert 'class="told"' not in anna.get("/").text


def test_the_page_alone(page: Page, server: DevServer) -> None:
    """With a login that may do no more than the page."""
    page.owner.rows("create role only_the_page login in role basepool_operator")
    try:
        url = page.database_url.replace("//postgres@", "//only_the_page@")
        with running("dashboard", "--port", "0", DATABASE_URL=url, LOG_LEVEL="INFO", **ENVIRONMENT) as process:
            found = eventually(lambda: re.search(r"listening on (http://\S+)", process.said()), "its address")
            address = found[1]
            eventually(lambda: httpx.get(f"{address}/readyz", trust_env=False).status_code == 200, "readiness")
            assert httpx.get(f"{address}/openapi.json", trust_env=False).status_code == 404
            assert httpx.post(f"{address}/webhooks/replicate", trust_env=False).status_code == 404
            with operator(address) as one:
                for path in _screens(page):
                    assert one.get(path).status_code == 200, path
                assert one.post("/act/pool", action="pause", kind="model", name="acme/alone").status_code == 303
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from basepool.claim_generations('evil', 1)")
    finally:
        page.owner.rows("drop role only_the_page")


def test_the_page_alone_needs_operators() -> None:
    done = basepool("dashboard", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 2
    assert "TP014" in done.stderr
    assert "OPERATORS" in done.stderr


def test_no_secret_of_an_operator_is_logged(page: Page) -> None:
    with serving_process(DATABASE_URL=page.database_url, LOG_LEVEL="DEBUG", **ENVIRONMENT) as (url, process):
        one = Operator(url)
        assert one.log_in("anna", ANNA + "x").status_code == 401
        assert one.log_in("anna", ANNA).status_code == 303
        assert "login refused" in process.said()
        assert ANNA not in process.said()
        assert SECRET not in process.said()


def test_settings_are_what_they_should_be() -> None:
    for wrong in (
        "anna",
        "anna:short",
        f"anna:{ANNA}:write",
        f":{ANNA}",
        f"an na:{ANNA}",
        f"anna:{ANNA},anna:{BOB}",
        f"anna:{ANNA},",
    ):
        with pytest.raises(ValueError, match="should"):
            Settings(operators=SecretStr(wrong))
    for wrong in ("admin", "/", "/api", "/webhooks/x", "/a b", "/admin/../x", "/<x>"):
        with pytest.raises(ValueError, match="should"):
            Settings(dashboard_path=wrong)
    with pytest.raises(ValueError, match="should"):
        Settings(forwarded_allow_ips="proxy.example")
    assert Settings(forwarded_allow_ips="10.0.0.0/8, ::1").forwarded_allow_ips == "10.0.0.0/8, ::1"
    assert [
        each.name
        for each in Settings(operators=SecretStr(_OPERATORS), operator_secret=SecretStr(SECRET)).known_operators
    ] == [
        "anna",
        "bob",
    ]
