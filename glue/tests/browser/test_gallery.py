"""examples/gallery in Chromium: what is submitted appears as it comes, by keyboard, in light and dark, on a phone, and for
those who can't see it. Where there is no Chromium, nothing of it is tested."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from basepool.simulator import media
from dev import node
from dev.devserver import PROJECT
from dev.supabase import SupabaseServer
from tests.support import PATIENCE_SECONDS, Owner, running, user

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")

_SCRIPT = (PROJECT / "examples" / "gallery" / "gallery.js").read_text()
_LIBRARY = "https://cdn.jsdelivr.net/npm/@supabase/supabase-js@"
_MODEL = "black-forest-labs/flux-schnell"

_SMALL = {"width": 320, "height": 640}
_LARGE = {"width": 1280, "height": 900}

Open = Callable[..., Any]


@pytest.fixture
def supabase(owner: Owner, database_url: str) -> Iterator[SupabaseServer]:
    owner.rows("select basepool.configure('{\"realtime\": true}')")
    with SupabaseServer(database_url, "a secret of thirty-two characters, or more", user=str(user(1))) as server:
        yield server


@pytest.fixture
def open_gallery(browser: Any, supabase: SupabaseServer, library: Path) -> Iterator[Open]:
    """Opens the page, with what a browser can be set to. Nothing it asks of other hosts leaves this machine, and at the end it
    must have complained of nothing."""
    contexts, complaints = [], []

    def serve(route: Any) -> None:
        if route.request.url.startswith(_LIBRARY):
            route.fulfill(path=library, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.fulfill(status=200, body="")

    def complain(said: Any) -> None:
        # an answer that is an error is the test's affair
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            complaints.append(said.text)

    def open_one(*, viewport: dict[str, int] = _LARGE, **settings: Any) -> Any:
        context = browser.new_context(viewport=viewport, **settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), serve)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", complain)
        page.goto(supabase.gallery_url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def _card(page: Any, prompt: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=prompt)


def _expect(locator: Any) -> Any:
    return playwright_api.expect(locator)


@pytest.fixture(autouse=True)
def patience(browser: Any) -> None:
    playwright_api.expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def test_what_is_submitted_appears_as_it_comes(
    open_gallery: Open, glue_environment: dict[str, str], owner: Owner
) -> None:
    """By keyboard alone, from the top of the page, and through everything: the simulator's picture is seen."""
    page = open_gallery()
    _expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.keyboard.press("Tab")
    _expect(page.get_by_role("link", name="Skip to your generations")).to_be_focused()
    page.keyboard.press("Tab")
    _expect(page.get_by_label("What shall it be?")).to_be_focused()
    page.keyboard.type("a lighthouse")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("in a storm")
    page.keyboard.press("Enter")
    card = _card(page, "a lighthouse")
    _expect(card.get_by_text("pending")).to_be_visible()
    _expect(page.get_by_label("What shall it be?")).to_have_value("")
    _expect(page.get_by_label("What shall it be?")).to_be_focused()
    _expect(page.locator("#counts")).to_have_text("1 generation, 1 under way")

    with running("work", **glue_environment):
        _expect(card.get_by_text("completed")).to_be_visible()
        picture = card.get_by_role("img", name="a lighthouse")
        page.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle())
        _expect(page.get_by_role("status")).to_have_text("a lighthouse\nin a storm: completed")
        _expect(page.locator("#counts")).to_have_text("1 generation, 0 under way")
        assert owner.statuses() == {"completed": 1}

        # a second tab of the same user, and what others submit
        second = open_gallery()
        _expect(_card(second, "a lighthouse").get_by_text("completed")).to_be_visible()
        owner.submit(2, "a secret")
        second.get_by_label("What shall it be?").fill("two cats")
        second.get_by_role("button", name="Generate").click()
        for each in (page, second):
            _expect(_card(each, "two cats").get_by_text("completed")).to_be_visible()
            assert each.get_by_role("listitem").first.text_content().strip().startswith("two cats")
            assert each.get_by_text("a secret").count() == 0


def test_what_fails_or_is_refused_is_said(open_gallery: Open, owner: Owner) -> None:
    page = open_gallery()
    prompt = page.get_by_label("What shall it be?")
    page.get_by_label("Model").fill("no model")
    prompt.fill("a cat")
    prompt.press("Enter")
    _expect(page.get_by_role("alert")).to_contain_text("model")
    # what was written is there still
    _expect(prompt).to_have_value("a cat")
    page.get_by_label("Model").fill(_MODEL)
    prompt.press("Enter")
    _expect(_card(page, "a cat").get_by_text("pending")).to_be_visible()
    _expect(page.get_by_role("alert")).to_be_hidden()

    owner.rows(
        "select basepool._settle_generation(id, 'failed', 'Replicate is <b>out</b> of cats') from public.generations"
    )
    _expect(_card(page, "a cat").get_by_text("failed")).to_be_visible()
    _expect(_card(page, "a cat").get_by_text("Replicate is <b>out</b> of cats")).to_be_visible()


def test_one_under_way_can_be_cancelled(open_gallery: Open, owner: Owner) -> None:
    owner.submit(1, "a long film")
    page = open_gallery()
    button = page.get_by_role("button", name="Cancel a long film")
    button.focus()
    page.keyboard.press("Enter")
    _expect(_card(page, "a long film").get_by_text("cancelled")).to_be_visible()
    _expect(button).to_be_hidden()
    # whoever was at the button is not lost
    _expect(page.get_by_role("heading", name="Your generations")).to_be_focused()


def test_whatever_an_output_is_it_can_be_opened(open_gallery: Open, owner: Owner) -> None:
    picture = "data:image/png;base64," + base64.b64encode(media.picture("png", "x").content).decode()
    for prompt, urls, thumbs, text in (
        ("film", ["https://files.example/out.mp4"], [picture], None),
        ("song", ["https://files.example/out.mp3"], None, None),
        ("model", ["https://files.example/out.glb"], [None], None),
        ("four", [picture] * 4, None, None),
        ("words", None, None, "a <b>word</b>"),
        ("evil", ["javascript:alert(1)"], None, "no file"),
    ):
        owner.rows(
            "insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, status"
            " , output_urls, output_thumbs, output_text)"
            " values (%s, 'create', 'm', 'M', 'acme/painter', %s, 'completed', %s, %s, %s)",
            user(1),
            prompt,
            urls,
            thumbs,
            text,
        )
    page = open_gallery()
    _expect(page.get_by_role("listitem")).to_have_count(6)
    assert _card(page, "film").locator("video[controls]").get_attribute("aria-label") == "film"
    assert _card(page, "song").locator("audio[controls]").get_attribute("aria-label") == "song"
    _expect(_card(page, "model").get_by_role("link", name="Open out.glb")).to_be_visible()
    _expect(_card(page, "four").get_by_role("link")).to_have_count(4)
    _expect(_card(page, "words").get_by_text("a <b>word</b>")).to_be_visible()
    assert page.locator("[href^=javascript], [src^=javascript]").count() == 0


def test_files_of_a_private_store_get_links_that_are_signed(open_gallery: Open, owner: Owner) -> None:
    generation = owner.submit(1, "a secret place")
    key, link = "of/one/1.glb", "https://files.example/outputs/of/one/1.glb"
    owner.rows(
        "insert into basepool.output_files (generation_id, nth, user_id, source_url, since, deadline, state, key, url"
        " , is_private, size, sha256, content_type, stored_at)"
        " values (%s, 1, %s, 'https://replicate.delivery/x', now(), now(), 'stored'"
        " , %s, %s, true, 1, repeat('0', 64), 'model/gltf-binary', now())",
        generation,
        user(1),
        key,
        link,
    )
    owner.rows(
        "update public.generations set status = 'completed', output_urls = %s, output_thumbs = '{null}' where id = %s",
        [key],
        generation,
    )
    found = _card(open_gallery(), "a secret place").get_by_role("link", name="Open 1.glb")
    _expect(found).to_be_visible()
    assert re.fullmatch(re.escape(link) + r"\?expires=\d+&signature=[0-9a-f]{64}", found.get_attribute("href"))


def test_it_is_fit_for_everybody(open_gallery: Open, owner: Owner, axe: str) -> None:
    """By axe, in light and dark, on a phone and a desk; nothing is wider than the page."""
    done = owner.submit(1, "a very-long-word-without-end-" * 5)
    owner.submit(1, "one that waits")
    owner.rows("select basepool._settle_generation(%s, 'failed', 'it failed, and says why')", done)
    papers = set()
    for scheme in ("light", "dark"):
        for viewport in (_SMALL, _LARGE):
            page = open_gallery(color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
            _expect(page.get_by_role("listitem")).to_have_count(2)
            page.evaluate(axe)
            found = page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })")
            assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(papers) == 2


def test_without_a_user_it_asks_for_one(open_gallery: Open, supabase: SupabaseServer) -> None:
    """As it is served by whoever has a Supabase project: with the library from the host that the page names."""
    supabase._user = None
    page = open_gallery()
    _expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    _expect(page.get_by_label("What shall it be?")).to_be_hidden()
    page.get_by_label("Project URL").fill(supabase.url)
    page.get_by_label("Publishable key").fill(supabase.anon_key)
    page.get_by_label("E-mail").fill("one@example.com")
    page.get_by_label("Password").fill("a password")
    session = {
        "access_token": supabase.token(str(user(1))),
        "token_type": "bearer",
        "expires_in": 3600,
        "refresh_token": "again",
        "user": {"id": str(user(1)), "aud": "authenticated", "email": "one@example.com"},
    }
    page.context.route(
        re.compile("/auth/v1/token"),
        lambda route: route.fulfill(status=200, content_type="application/json", body=json.dumps(session)),
    )
    page.get_by_role("button", name="Sign in").click()
    _expect(page.get_by_label("What shall it be?")).to_be_visible()
    _expect(page.get_by_text("Nothing yet.")).to_be_visible()


def test_the_page_names_the_library_that_is_tested(library: Path) -> None:
    """Its version, and the hash without which a browser takes no other file for it."""
    locked = json.loads((node.EXAMPLE / "package.json").read_text())["dependencies"]["@supabase/supabase-js"]
    assert f"{_LIBRARY}{locked}/dist/umd/supabase.js" in _SCRIPT
    digest = base64.b64encode(hashlib.sha384(library.read_bytes()).digest()).decode()
    assert f"'sha384-{digest}'" in _SCRIPT
