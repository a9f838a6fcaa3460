"""What the screens show, one function each. All of it comes from the database; here it is only named and drawn."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from starlette.responses import Response

from basepool.web.admin import plots
from basepool.web.admin.pages import Pages, Visit, read_time, show_seconds, wants_json
from basepool.web.refusal import Refusal

_ROWS = 50
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_MAX_TEXT = 300
_TAKING = {"ready", "full", "limited"}
"""States of tokens that get leases, if not at this moment."""

TABS = {
    "waiting": "Waiting",
    "in_flight": "In flight",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "completed": "Completed",
    "attempts": "All attempts",
}
FILTERS = {
    "user": "user_id",
    "model": "model",
    "token": "token_id",
    "rule": "rule",
    "worker": "worker",
    "since": "since",
    "until": "until",
}
"""The parameters of the URL, and what the database calls them."""


async def overview(pages: Pages, visit: Visit) -> Response:
    """What happens now."""
    data = await visit.database.page_overview()
    return pages.show(visit, "overview.html", data, says=_plots_of(data["minutes"]))


def _plots_of(minutes: list[dict[str, Any]]) -> dict[str, Any]:
    labels = [_time_of_day(minute["at"]) for minute in minutes]

    def of(name: str) -> list[float | None]:
        return [minute.get(name) for minute in minutes]

    if not minutes:
        return {"throughput": None, "waits": None}
    return {
        "throughput": plots.bars(
            "Attempts that ended, per minute, in the last hour: succeeded and failed",
            labels,
            {"succeeded": of("succeeded"), "failed": of("failed")},
            lambda value: f"{value:,.10g}",
        ),
        "waits": plots.lines(
            "How long generations waited in the queue, in the last hour: median and 95 %",
            labels,
            {"median": of("wait_p50"), "95 %": of("wait_p95")},
            show_seconds,
        ),
    }


def _time_of_day(at: Any) -> str:
    read = read_time(at)
    return read.strftime("%H:%M") if read else ""


def to_filter(given: Mapping[str, str]) -> dict[str, str]:
    """What a form or a URL asks for, as the database takes it."""
    wanted = {known: given[name].strip() for name, known in FILTERS.items() if given.get(name, "").strip()}
    for name in ("since", "until"):
        # what a browser's field gives has no zone; all times here are UTC
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", wanted.get(name, "")):
            wanted[name] += "Z"
    return {"tab": given.get("tab", "").strip() or "waiting", **wanted}


async def generations(pages: Pages, visit: Visit) -> Response:
    """Those that wait, run, failed, …"""
    asked = visit.asked("tab", *FILTERS)
    wanted = to_filter(asked)
    cursor = visit.asked("cursor").get("cursor")
    data = await visit.database.page_generations(filter=wanted, cursor=cursor, limit=_ROWS)
    says = {
        "asked": {name: value for name, value in asked.items() if name != "tab"},
        "tab": wanted["tab"],
        "names": TABS if wanted["tab"] in TABS else {**TABS, wanted["tab"]: wanted["tab"]},
        "cursor": cursor,
    }
    return pages.show(visit, "generations.html", data, says=says)


async def find(pages: Pages, visit: Visit) -> Response:
    """What the search box leads to."""
    text = visit.asked("q").get("q", "")[:_MAX_TEXT]
    data: dict[str, Any] = {"generations": [], "user_id": None}
    if text:
        data = await visit.database.page_find(text=text)
    if not wants_json(visit.request):
        if len(data["generations"]) == 1 and data["user_id"] is None:
            return pages.go(f"generations/{data['generations'][0]}")
        if data["user_id"] is not None and not data["generations"]:
            return pages.go(f"generations?tab=attempts&user={data['user_id']}")
    return pages.show(visit, "find.html", data, says={"text": text})


def path_id(visit: Visit) -> UUID:
    """The generation that the path names. Raises Refusal (404)."""
    named = visit.request.path_params["id"]
    if not re.fullmatch(_UUID, named):
        raise Refusal(404, "PT404", "there is no such generation", "Check the id.")
    return UUID(named)


async def generation(pages: Pages, visit: Visit) -> Response:
    """All that is known of one."""
    return pages.show(visit, "generation.html", await visit.database.page_generation(id=path_id(visit)))


async def pool(pages: Pages, visit: Visit) -> Response:
    """Accounts, tokens, seats, and the round."""
    return pages.show(visit, "pool.html", await visit.database.page_pool())


async def money(pages: Pages, visit: Visit) -> Response:
    """What was used, and what it cost."""
    asked = visit.asked("by", "days")
    by, days = asked.get("by", "model"), asked.get("days", "7")
    if by not in {"model", "user", "token", "account"} or not re.fullmatch(r"[1-9]|[12]\d|3[01]", days):
        raise Refusal(
            400, "PT400", "this can't be shown", "by: model, user, token or account. days: a number from 1 to 31."
        )
    data = await visit.database.page_money(by=by, days=int(days))
    plot = plots.bars(
        "Seconds of predictions per day",
        [day["day"][5:] for day in data["days"]],
        {"seconds": [float(day["seconds"]) for day in data["days"]]},
        lambda value: f"{value:,.10g} s",
    )
    return pages.show(
        visit, "money.html", data, says={"by": by, "days_asked": int(days), "plot": plot if data["days"] else None}
    )


async def decisions(pages: Pages, visit: Visit) -> Response:
    """The claims that were made."""
    cursor = visit.asked("cursor").get("cursor")
    data = await visit.database.page_decisions(cursor=cursor, limit=_ROWS)
    return pages.show(visit, "decisions.html", data, says={"cursor": cursor})


async def decision(pages: Pages, visit: Visit) -> Response:
    """Why a claim gave what it gave."""
    named = visit.request.path_params["id"]
    if not re.fullmatch(r"[0-9]{1,18}", named):
        raise Refusal(404, "PT404", "there is no such decision", "They are kept for a day.")
    return pages.show(visit, "decision.html", await visit.database.page_decision(id=int(named)))


async def what_if(pages: Pages, visit: Visit) -> Response:
    """When the queue would be drained if the pool were another."""
    seen = await visit.database.page_pool()
    tokens = [
        token | {"counts": token["state"] in _TAKING} for account in seen["accounts"] for token in account["tokens"]
    ]
    changes = _changes(visit, seen["accounts"], tokens)
    data: dict[str, Any] = {"changes": changes, "result": None}
    if "look" in visit.request.query_params:
        data["result"] = await visit.database.page_what_if(changes=changes)
    says = {"accounts": seen["accounts"], "tokens": tokens}
    return pages.show(visit, "what_if.html", data, says=says)


def _changes(visit: Visit, accounts: list[dict[str, Any]], tokens: list[dict[str, Any]]) -> dict[str, Any]:
    """What the form has that the pool has not. Raises Refusal (400)."""
    if "look" not in visit.request.query_params:
        return {}
    wanted: dict[str, dict[str, Any]] = {}
    for token in tokens:
        id = str(token["token_id"])
        change: dict[str, Any] = {}
        is_active = f"active_{id}" in visit.request.query_params
        if is_active != token["counts"]:
            change["is_active"] = is_active
        limit = _number(visit, f"limit_{id}")
        if limit is not None and limit != token["max_in_flight"]:
            change["max_in_flight"] = limit
        if change:
            wanted[id] = change
    rates: dict[str, int] = {}
    for account in accounts:
        rate = _number(visit, f"rate_{account['account_id']}")
        if rate is not None and rate != account["creates_per_minute"]:
            rates[str(account["account_id"])] = rate
    return {name: each for name, each in (("tokens", wanted), ("creates_per_minute", rates)) if each}


def _number(visit: Visit, name: str) -> int | None:
    text = visit.asked(name).get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise Refusal(400, "PT400", "a limit is no number", "Give a number from 0 to 999999.")
    return int(text)


async def jobs(pages: Pages, visit: Visit) -> Response:
    """The jobs and their runs."""
    return pages.show(visit, "jobs.html", await visit.database.page_jobs())


async def settings(pages: Pages, visit: Visit) -> Response:
    """The settings."""
    return pages.show(visit, "settings.html", await visit.database.page_settings())


async def setting(pages: Pages, visit: Visit) -> Response:
    """One setting: what it is, and beside it what it would be."""
    name = visit.request.path_params["name"]
    found = [each for each in (await visit.database.page_settings())["settings"] if each["name"] == name]
    if not found:
        raise Refusal(404, "PT404", "there is no such setting", "See the list of settings.")
    given = visit.request.query_params
    is_default = "default" in given
    value = None if is_default else given.get("value", "").strip()[:_MAX_TEXT] if "value" in given else None
    data = {"setting": found[0], "value": value, "is_default": is_default, "is_asked": is_default or "value" in given}
    return pages.show(visit, "setting.html", data)


async def audit(pages: Pages, visit: Visit) -> Response:
    """Who did what."""
    cursor = visit.asked("cursor").get("cursor")
    data = await visit.database.page_audit(cursor=cursor, limit=_ROWS)
    return pages.show(visit, "audit.html", data, says={"cursor": cursor})


SCREENS: tuple[tuple[str, Callable[[Pages, Visit], Awaitable[Response]]], ...] = (
    ("/", overview),
    ("/find", find),
    ("/generations", generations),
    ("/generations/{id}", generation),
    ("/pool", pool),
    ("/money", money),
    ("/decisions", decisions),
    ("/decisions/{id}", decision),
    ("/what-if", what_if),
    ("/jobs", jobs),
    ("/settings", settings),
    ("/settings/{name}", setting),
    ("/audit", audit),
)
"""Which path shows what."""
