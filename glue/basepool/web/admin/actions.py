"""What may be done from the page. Each is asked once more before it is done: GET asks, POST does it, by one function of the
database, which writes down who did what."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from basepool.web.admin.pages import Pages, Visit, show_number, show_value, wants_json
from basepool.web.admin.screens import FILTERS, path_id, to_filter
from basepool.web.refusal import Refusal

Doing = Callable[[Visit, Mapping[str, str]], Awaitable[dict[str, Any]]]

_GENERATIONS = {"retry": "Retry", "cancel": "Cancel"}
_TOKENS = {
    "enable": "Enable token {}: it gets leases again",
    "disable": "Disable token {}: it gets no more leases; what is in flight goes on",
    "limit": "Let token {} have so many in flight",
    "probe": "Ask Replicate about token {} now",
}
_POOL = {"pause": "Pause", "resume": "Resume"}
_KINDS = {"pool": "the whole pool", "model": "the model {}", "account": "the account {}"}


async def confirm_generations(pages: Pages, visit: Visit) -> Response:
    """One: whether it shall be done. Many: which those are, which has to be looked at first."""
    asked = visit.asked("tab", *FILTERS)
    action = _one_of(visit.asked("action").get("action", ""), _GENERATIONS)
    ids = visit.asked("ids").get("ids", "")
    fields = {"action": action, "ids": ids} if ids else {"action": action, **asked}
    if ids and re.fullmatch(r"[0-9A-Fa-f-]{36}", ids):
        says = f"{_GENERATIONS[action]} generation {ids}?"
        return _confirm(pages, visit, says, "act/generations", {**fields, "step": "at once"}, f"generations/{ids}")
    return pages.show(
        visit,
        "bulk.html",
        {"action": action, "filter": fields, "looked": None},
        says={"name": _GENERATIONS[action]},
    )


async def act_on_generations(pages: Pages, visit: Visit) -> Response:
    """Looks what it would be done to; does it to those that were looked at; or, of one, both."""
    form = visit.form
    action = _one_of(form.get("action", ""), _GENERATIONS)
    step = form.get("step", "look")
    wanted: dict[str, Any]
    if form.get("ids"):
        wanted = {"ids": [each.strip() for each in form["ids"].split(",") if each.strip()]}
    else:
        wanted = {**to_filter(form)}
    looked = None
    if step in {"look", "at once"}:
        looked = await _generations(visit, action, wanted, None)
    if step == "look":
        data = {
            "action": action,
            "filter": {name: form[name] for name in ("action", "ids", "tab", *FILTERS) if form.get(name)},
            "looked": looked,
        }
        return pages.show(visit, "bulk.html", data, says={"name": _GENERATIONS[action]})
    dry_run = str(looked["dry_run"]) if looked else form.get("dry_run", "")
    done = await _generations(visit, action, wanted, dry_run)
    counts = ", ".join(f"{_words(name)} {show_number(count)}" for name, count in done["done"].items()) or "nothing"
    back = (
        f"generations/{wanted['ids'][0]}"
        if len(wanted.get("ids", [])) == 1
        else f"generations?tab={wanted.get('tab', '')}"
    )
    return _done(pages, visit, done, f"{_GENERATIONS[action]}: {counts}", back)


async def _generations(visit: Visit, action: str, wanted: dict[str, Any], dry_run: str | None) -> dict[str, Any]:
    return await visit.database.act_on_generations(
        actor=visit.session.name, action=action, filter=wanted, dry_run=dry_run
    )


async def confirm_token(pages: Pages, visit: Visit) -> Response:
    """Whether it shall be done to a token."""
    asked = visit.asked("token_id", "action", "value")
    action, id = _one_of(asked.get("action", ""), _TOKENS), _token_id(asked)
    says = f"{_TOKENS[action].format(id)}{': ' + asked.get('value', '') if action == 'limit' else ''}?"
    _limit(asked)
    return _confirm(pages, visit, says, "act/token", asked, "pool")


async def act_on_token(pages: Pages, visit: Visit) -> Response:
    """Enable, disable, limit, probe."""
    form = visit.form
    action, id = _one_of(form.get("action", ""), _TOKENS), _token_id(form)
    done = await visit.database.act_on_token(actor=visit.session.name, token_id=id, action=action, value=_limit(form))
    return _done(pages, visit, done, f"Token {id}: {done['says']}", f"pool#token-{id}")


def _token_id(given: Mapping[str, str]) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", given.get("token_id", "")):
        raise Refusal(400, "PT400", "no token is named", "token_id: a number.")
    return int(given["token_id"])


def _limit(given: Mapping[str, str]) -> int | None:
    if given.get("action") != "limit":
        return None
    if not re.fullmatch(r"[0-9]{1,5}", given.get("value", "").strip()):
        raise Refusal(400, "PT400", "the limit is no number", "Say how many may be in flight at once.")
    return int(given["value"])


async def confirm_pool(pages: Pages, visit: Visit) -> Response:
    """Whether to pause or resume."""
    asked = visit.asked("action", "kind", "name", "reason")
    action, kind = _one_of(asked.get("action", ""), _POOL), _one_of(asked.get("kind", ""), _KINDS)
    if kind != "pool" and "name" not in asked:
        raise Refusal(400, "PT400", f"no {kind} is named", "Say which one.")
    says = f"{_POOL[action]} {_KINDS[kind].format(asked.get('name', ''))}?"
    more = " What is in flight goes on; nothing new begins." if action == "pause" else " What waits goes on."
    return _confirm(pages, visit, says + more, "act/pool", asked, "", asks_why=action == "pause")


async def act_on_pool(pages: Pages, visit: Visit) -> Response:
    """Pause, resume."""
    form = visit.form
    action, kind = _one_of(form.get("action", ""), _POOL), _one_of(form.get("kind", ""), _KINDS)
    name = form.get("name", "").strip() or None
    done = await visit.database.act_on_pool(
        actor=visit.session.name,
        action=action,
        kind=kind,
        name=None if kind == "pool" else name,
        reason=form.get("reason", "").strip() or None,
    )
    return _done(pages, visit, done, f"{_POOL[action]} {_KINDS[kind].format(name or '')}: {done['says']}", "")


async def confirm_job(pages: Pages, visit: Visit) -> Response:
    """Whether to run a job."""
    job = _job(visit.asked("job"))
    return _confirm(pages, visit, f"Run the job {job} now?", "act/job", {"job": job}, "jobs")


async def act_on_job(pages: Pages, visit: Visit) -> Response:
    """Run it."""
    job = _job(visit.form)
    done = await visit.database.act_on_job(actor=visit.session.name, job=job)
    return _done(pages, visit, done, f"Job {job}: {done['says']}", "jobs")


def _job(given: Mapping[str, str]) -> str:
    if not re.fullmatch(r"[a-z][a-z-]{0,62}", given.get("job", "")):
        raise Refusal(400, "PT400", "no job is named", "See the list of jobs.")
    return given["job"]


async def act_on_setting(pages: Pages, visit: Visit) -> Response:
    """Change it, unless it has changed since it was looked at."""
    name = visit.request.path_params["name"]
    form = visit.form
    done = await visit.database.act_on_setting(
        actor=visit.session.name,
        name=name,
        value=None if "default" in form else form.get("value", ""),
        expected=None if "expected_none" in form else form.get("expected", ""),
    )
    return _done(pages, visit, done, f"{name}: {show_value(done['was'])} → {show_value(done['value'])}", "settings")


async def show_input(pages: Pages, visit: Visit) -> Response:
    """What a user has put in: not without a click, and that it was looked at is written down."""
    id = path_id(visit)
    data = await visit.database.page_input(id=id, actor=visit.session.name)
    return pages.show(visit, "input.html", data, says={"id": id})


def _one_of(given: str, known: Mapping[str, str]) -> str:
    if given not in known:
        raise Refusal(400, "PT400", "this can't be done", f"It may be {', '.join(known)}.")
    return given


def _confirm(
    pages: Pages, visit: Visit, says: str, path: str, fields: Mapping[str, str], back: str, *, asks_why: bool = False
) -> Response:
    data = {"says": says, "fields": dict(fields)}
    return pages.show(visit, "confirm.html", data, says={"path": path, "back": back, "asks_why": asks_why})


def _done(pages: Pages, visit: Visit, done: dict[str, Any], text: str, back: str) -> Response:
    """For programs what the database said; for people the page that they come from, which says it."""
    if wants_json(visit.request):
        return pages.finish(JSONResponse(done))
    return pages.tell(visit, text, back)


def _words(name: str) -> str:
    return name.replace("_", " ")


CONFIRMATIONS: tuple[tuple[str, Callable[[Pages, Visit], Awaitable[Response]]], ...] = (
    ("/act/generations", confirm_generations),
    ("/act/token", confirm_token),
    ("/act/pool", confirm_pool),
    ("/act/job", confirm_job),
)
"""What asks first."""
ACTIONS: tuple[tuple[str, Callable[[Pages, Visit], Awaitable[Response]]], ...] = (
    ("/act/generations", act_on_generations),
    ("/act/token", act_on_token),
    ("/act/pool", act_on_pool),
    ("/act/job", act_on_job),
    ("/settings/{name}", act_on_setting),
    ("/generations/{id}/input", show_input),
)
"""What does it."""
