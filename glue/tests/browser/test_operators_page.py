"""The operator's page in Chromium, on a running stack: every screen and every action, by keyboard, without scripts, in light
and dark, on a desk and a phone. Nothing may be asked of another host, and nothing may break the policy that it gives itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorConfig, SimulatorServer
from dev.devserver import DevServer
from tests.operators import ANNA, BOB, ENVIRONMENT, EVIL
from tests.support import PATIENCE_SECONDS, Owner, eventually, running, serving_process

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")
pyvips = pytest.importorskip("pyvips")

_PHONE = {"width": 360, "height": 740}
_DESK = {"width": 1280, "height": 900}
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_PLAIN = [
    "/",
    *(f"/generations?tab={tab}" for tab in ("waiting", "in_flight", "failed", "cancelled", "completed", "attempts")),
    "/pool",
    "/money",
    "/money?by=user&days=2",
    "/decisions",
    "/what-if",
    "/what-if?look=1&limit_1=3&active_1=1",
    "/jobs",
    "/settings",
    "/settings/stuck_after?value=20+minutes",
    "/audit",
    "/find?q=nothing",
    "/act/token?token_id=1&action=disable",
    "/act/pool?action=pause&kind=pool",
    "/act/generations?action=retry&tab=failed",
]

Open = Callable[..., Any]


class Stack:
    """Everything, running."""

    def __init__(self, url: str, owner: Owner) -> None:
        self.url, self.owner = url, owner


@pytest.fixture(scope="module")
def stack(server: DevServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A database, the simulator, `serve` and `work`; and an hour behind it in which something happened."""
    folder = tmp_path_factory.mktemp("page")
    url = server.create_database("page_in_a_browser", template)
    with Owner(url) as owner, SimulatorServer(SimulatorConfig(account_count=3, speed=20)) as simulator:
        owner.rows("select basepool.configure(%s)", Jsonb({"send_within": "1 minute", "lease_time": "5 minutes"}))
        for number, account in enumerate(simulator.state()["accounts"]):
            owner.rows(
                "select basepool.add_token(%s, %s, %s, %s, p_name => %s)",
                account["tokens"][0]["token"],
                account["username"],
                account["type"],
                account["webhook_secret"],
                EVIL if number else "main",
            )
        environment = {
            **ENVIRONMENT,
            "DATABASE_URL": url.replace("//postgres@", "//basepool_glue@"),
            "REPLICATE_BASE_URL": simulator.url,
            "WORKER_POLL_SECONDS": "0.2",
            "STORE_URL": (folder / "outputs").as_uri(),
            "STORE_SPOOL": str(folder / "spool"),
            "STORE_SOURCES": "127.0.0.1",
        }
        with serving_process(**environment) as (address, _), running("work", PUBLIC_URL=address, **environment):
            for number in range(12):
                owner.submit(number, f"a lighthouse {EVIL}", "black-forest-labs/flux-schnell")
            owner.submit(20, "it fails [sim:fail]")
            eventually(lambda: not owner.value("select exists (select from basepool.queue)"), "the end of the queue")
            eventually(
                lambda: owner.statuses().get("completed", 0) >= 12 and not owner.statuses().get("processing"),
                "their end",
            )
            _spread_over_the_hour(owner)
            yield Stack(address, owner)
    server.drop_database("page_in_a_browser")


def _spread_over_the_hour(owner: Owner) -> None:
    """So that the plots have something to show."""
    owner.rows(
        "update basepool.attempts set finished_at = finished_at - back, leased_at = leased_at - back"
        " , submitted_at = submitted_at - back, queued_at = queued_at - back - n * interval '1 second'"
        " from (select id as of, n, n * interval '4 minutes' as back from (select id, row_number() over (order by id) as n"
        " from basepool.attempts) as r) as o where o.of = id"
    )
    owner.rows("select basepool.run_job('rollup', 'cli')")


@pytest.fixture(autouse=True)
def patience(browser: Any) -> None:
    playwright_api.expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.fixture
def open_page(browser: Any, stack: Stack) -> Iterator[Open]:
    """Opens the page, logged in. At the end no other host was asked, and the browser must have complained of nothing."""
    contexts, complaints, hosts = [], [], set()

    def complain(said: Any) -> None:
        # an answer that is an error is the test's affair
        if said.type in {"error", "warning"} and not said.text.startswith("Failed to load resource"):
            complaints.append(said.text)

    def open_one(
        path: str = "/", *, name: str | None = "anna", viewport: dict[str, int] = _DESK, **settings: Any
    ) -> Any:
        context = browser.new_context(viewport=viewport, **settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", complain)
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', v => console.error('policy: ' + v.violatedDirective))"
        )
        page.goto(f"{stack.url}/admin{path}")
        if name:
            page.get_by_label("Name").fill(name)
            page.get_by_label("Secret").fill(ANNA if name == "anna" else BOB)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url(f"{stack.url}/admin{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
    assert hosts == {urlsplit(stack.url).netloc}


def _expect(locator: Any) -> Any:
    return playwright_api.expect(locator)


def _yes(page: Any, says: str) -> None:
    """What is asked once more."""
    _expect(page.get_by_text(says)).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    _expect(page.get_by_role("status")).to_be_visible()


def test_by_keyboard_from_the_login_to_a_screen(open_page: Open) -> None:
    page = open_page(name=None)
    _expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(ANNA)
    page.keyboard.press("Enter")
    _expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    _expect(skip).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("link", name="Pool", exact=True).focus()
    page.keyboard.press("Enter")
    _expect(page.get_by_role("heading", name="Pool", exact=True)).to_be_visible()
    _expect(page.locator('[aria-current="page"]')).to_have_text("Pool")


def test_what_happens_shows_by_itself(open_page: Open, stack: Stack) -> None:
    """Nothing is reloaded, and what one has opened or where one stands stays."""
    page = open_page()
    page.evaluate("window.isTheSame = true")
    before = int(page.locator("#figures dd").nth(6).inner_text().replace(",", ""))
    page.locator("#minutes summary").focus()
    page.keyboard.press("Enter")
    stack.owner.rows("select basepool.pause('model', 'acme/shown', null, %s)", f"because {EVIL}")
    id = stack.owner.submit(30, "shown", "acme/shown")
    _expect(page.locator("#alerts")).to_contain_text(f"because {EVIL}")
    _expect(page.locator("#figures dd").nth(1)).to_have_text("1")
    assert page.locator("#minutes").get_attribute("open") is not None

    one = open_page(f"/generations/{id}")
    _expect(one.locator(".why")).to_contain_text("paused")
    page.locator("#alerts").get_by_role("button", name="Resume").click()
    _yes(page, "Resume the model acme/shown?")
    _expect(one.locator("#facts").get_by_text("completed", exact=True)).to_be_visible()
    _expect(one.locator("#timeline")).to_contain_text("Replicate has it as prediction")
    page.goto(f"{stack.url}/admin/")
    _expect(page.locator("#figures dd").nth(6)).to_have_text(str(before + 1))
    # what is kept has a thumbnail, which comes from here
    done = stack.owner.value(
        "select id from public.generations where replicate_model like 'black%%' and output_thumbs[1] is not null limit 1"
    )
    one.goto(f"{stack.url}/admin/generations/{done}")
    picture = one.get_by_role("img", name="Thumbnail of file 1")
    one.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle())


def test_every_action_from_its_button_to_the_audit(open_page: Open, stack: Stack) -> None:
    owner = stack.owner
    page = open_page("/pool")
    token = page.locator("#token-1")
    token.get_by_role("button", name="Disable… token 1").click()
    _yes(page, "Disable token 1")
    _expect(token).to_contain_text("disabled")
    token.get_by_role("button", name="Enable… token 1").click()
    _yes(page, "Enable token 1")
    token.get_by_role("spinbutton").fill("4")
    token.get_by_role("button", name="Limit… token 1").click()
    _yes(page, "Let token 1 have so many in flight: 4?")
    _expect(token).to_contain_text("of 4 seats taken")
    _expect(token.locator(".seat")).to_have_count(4)
    owner.rows(
        "update public.replicate_tokens set suspended_until = now() + interval '1 day', suspended_at = now() where id = 3"
    )
    page.reload()
    page.get_by_role("button", name="Ask Replicate now… token 3").click()
    _yes(page, "Ask Replicate about token 3 now")

    page.goto(f"{stack.url}/admin/")
    page.get_by_label("Pause").select_option("pool")
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Why").fill("a test")
    _yes(page, "Pause the whole pool?")
    _expect(page.locator("#alerts")).to_contain_text("a test")
    waiting = [owner.submit(40 + number, "it waits", "acme/bulk") for number in range(3)]

    page.goto(f"{stack.url}/admin/generations/{waiting[0]}")
    page.get_by_role("button", name="Show prompt and input").click()
    _expect(page.locator("pre").first).to_have_text("it waits")
    page.get_by_role("link", name="Back to").click()
    page.get_by_role("button", name="Cancel…").click()
    _yes(page, "Cancel generation")
    _expect(page.locator("#facts .chip")).to_have_text("cancelled")

    page.goto(f"{stack.url}/admin/generations?tab=waiting")
    page.get_by_label("Model").fill("acme/bulk")
    page.get_by_role("button", name="Filter").click()
    _expect(page.locator("#list tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Cancel all of these…").click()
    page.get_by_role("button", name="Look").click()
    _yes(page, "Cancel 2 generations?")
    assert (
        owner.value("select count(*) from public.generations where status = 'cancelled' and id = any(%s)", waiting) == 3
    )

    # as long as the pool is paused: else it may be at Replicate, and what succeeds there is delivered late
    failed = owner.submit(50)
    owner.rows("select basepool._settle_generation(%s, 'failed', %s)", failed, EVIL)
    page.goto(f"{stack.url}/admin/")
    page.locator("#alerts").get_by_role("button", name="Resume pool").click()
    _yes(page, "Resume the whole pool?")
    page.goto(f"{stack.url}/admin/generations/{failed}")
    page.get_by_role("button", name="Retry…").click()
    _yes(page, "Retry generation")
    _expect(page.locator("#facts")).to_contain_text("Retried as")

    page.goto(f"{stack.url}/admin/jobs")
    page.get_by_role("button", name="Run… prune").click()
    _yes(page, "Run the job prune now?")
    page.goto(f"{stack.url}/admin/settings")
    page.get_by_role("link", name="stuck_after").click()
    page.get_by_label("New value").fill("25 minutes")
    page.get_by_role("button", name="Compare…").click()
    _expect(page.locator("ins")).to_have_text("25 minutes")
    _yes(page, "Change it so?")
    _expect(page.locator("tr").filter(has_text="stuck_after")).to_contain_text("25 minutes")

    page.goto(f"{stack.url}/admin/what-if")
    page.get_by_label("Seats of token 1").fill("20")
    page.get_by_role("button", name="When is it drained?").click()
    _expect(page.get_by_role("table").first).to_contain_text("Per minute")
    page.goto(f"{stack.url}/admin/decisions")
    page.locator("#list tbody a").first.click()
    _expect(page.get_by_role("table").first).to_contain_text("main")
    page.get_by_role("searchbox").fill(str(failed))
    page.get_by_role("button", name="Find").click()
    _expect(page.get_by_role("heading", level=1)).to_contain_text(str(failed))

    page.goto(f"{stack.url}/admin/audit")
    for done in (
        "tokens disable",
        "tokens enable",
        "tokens limit",
        "pause",
        "resume",
        "show input",
        "cancel",
        "retry",
        "run-job",
    ):
        _expect(page.locator("#list tbody tr").filter(has_text=done).filter(has_text="anna").first).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    _expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.go_back()
    _expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_who_may_only_look_has_no_buttons(open_page: Open) -> None:
    page = open_page(name="bob")
    for path in ("/", "/pool", "/jobs", "/settings/stuck_after", "/generations?tab=failed"):
        page.goto(page.url.split("/admin")[0] + "/admin" + path)
        names = {button.inner_text() for button in page.get_by_role("button").all()}
        assert names <= {"Find", "Log out", "Stop looking", "Filter"}, path


def test_it_reads_and_acts_without_scripts(open_page: Open, stack: Stack) -> None:
    page = open_page("/pool", java_script_enabled=False)
    page.get_by_role("button", name="Limit… token 2").click()
    _yes(page, "Let token 2 have so many in flight")
    for path in _PLAIN:
        page.goto(f"{stack.url}/admin{path}")
        _expect(page.get_by_role("heading", level=1)).to_be_visible()
        # a time says when, not how long ago
        for time in page.locator("time").all()[:3]:
            assert re.fullmatch(r"\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d", time.text_content())


def test_it_rests_while_nobody_sees_it(open_page: Open) -> None:
    """And asks at once when somebody does; what has not changed is not sent."""
    page = open_page("/settings/stuck_after", name="anna")
    page.goto(page.url.replace("/settings/stuck_after", "/jobs"))
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status))
    eventually(lambda: page.wait_for_timeout(100) or 204 in answers, "an answer without news")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_load_state("networkidle")
    answers.clear()
    page.wait_for_timeout(6000)
    assert answers == []
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    eventually(lambda: page.wait_for_timeout(100) or answers, "a look")
    page.get_by_role("button", name="Stop looking").click()
    assert page.get_by_role("button", name="Stop looking").get_attribute("aria-pressed") == "true"


def test_it_counts_down(open_page: Open, stack: Stack) -> None:
    stack.owner.rows(
        "update public.replicate_tokens set suspended_until = now() + interval '50 seconds', suspended_at = now() where id = 2"
    )
    page = open_page("/pool")
    time = page.locator("#token-2 h3 time")
    _expect(time).to_have_text(re.compile(r"in \d+ s"))
    first = int(time.inner_text().split()[1])
    eventually(lambda: page.wait_for_timeout(100) or int((time.inner_text() + " in 0").split()[1]) < first, "a second")
    stack.owner.rows("update public.replicate_tokens set suspended_until = null, suspended_at = null where id = 2")


@pytest.mark.parametrize(("scheme", "viewport"), [("light", _DESK), ("dark", _PHONE)], ids=["light desk", "dark phone"])
def test_it_is_fit_for_everybody(
    open_page: Open, stack: Stack, axe: str, scheme: str, viewport: dict[str, int]
) -> None:
    """By axe; nothing is wider than the page, whatever the texts."""
    page = open_page(color_scheme=scheme, viewport=viewport, reduced_motion="reduce", bypass_csp=True)
    id = stack.owner.value("select id from public.generations where status = 'failed' order by created_at limit 1")
    decision = stack.owner.value("select max(id) from basepool.decisions")
    for path in [*_PLAIN, f"/generations/{id}", f"/decisions/{decision}", "/login", "/generations/nothing"]:
        page.goto(f"{stack.url}/admin{path}")
        page.evaluate(axe)
        found = page.evaluate("rules => axe.run({ runOnly: rules })", _RULES)
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize(("scheme", "viewport"), list(product(("light", "dark"), (_DESK, _PHONE))), ids=str)
def test_the_plots_can_be_read(open_page: Open, scheme: str, viewport: dict[str, int]) -> None:
    """By their pixels: what a checker of markup can't see is black on black."""
    page = open_page(color_scheme=scheme, viewport=viewport, device_scale_factor=3)
    page.get_by_role("button", name="Stop looking").click()
    for plot, mark in zip(page.locator("figure").all(), ("figure .rect", "figure .dot"), strict=True):
        plot.scroll_into_view_if_needed()
        ground = _color(page, "getComputedStyle(document.querySelector('figure')).backgroundColor")
        texts = plot.locator(".axis text").all()
        assert len(texts) >= 6
        for text in [*texts[:3], *texts[-3:]]:
            assert text.text_content()
            assert max(_contrast(pixel, ground) for pixel in _pixels(text)) > 4.5
        drawn = _color(page, f"getComputedStyle(document.querySelector('{mark}')).fill")
        assert _contrast(drawn, ground) > 3
        assert drawn in _pixels(plot)


def _color(page: Any, script: str) -> tuple[float, ...]:
    return tuple(float(part) for part in re.findall(r"[\d.]+", page.evaluate(script))[:3])


def _pixels(element: Any) -> set[tuple[float, ...]]:
    """The colours that are seen there."""
    picture = pyvips.Image.new_from_buffer(element.screenshot(), "").extract_band(0, n=3)
    parts = iter(bytes(picture.write_to_memory()))
    return set(zip(parts, parts, parts, strict=True))


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: tuple[float, ...]) -> float:
    parts = [value / 255 for value in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
