"""What every screen shares: the visit of an operator, how a screen becomes HTML or JSON, and with which headers."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from basepool.config import Settings
from basepool.database import Database
from basepool.redaction import redact
from basepool.web.admin.sessions import Session, Sessions
from basepool.web.refusal import Refusal

logger = logging.getLogger(__name__)

NAVIGATION = {
    "": "Overview",
    "generations": "Generations",
    "pool": "Pool",
    "money": "Money",
    "decisions": "Decisions",
    "what-if": "What if",
    "jobs": "Jobs",
    "settings": "Settings",
    "audit": "Audit",
}
_STATIC = {
    "admin.css": "text/css; charset=utf-8",
    "admin.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def wants_json(request: Request) -> bool:
    """Whether the caller is a program that said so."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


@dataclass(frozen=True)
class Visit:
    """A request of an operator who has logged in."""

    request: Request
    session: Session
    database: Database
    form: Mapping[str, str]
    """What was posted."""

    def asked(self, *names: str) -> dict[str, str]:
        """Those of the URL's parameters that are there and not empty."""
        given = self.request.query_params
        return {name: value for name in names if (value := given.get(name, "").strip())}


class Pages:
    """Makes answers."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        """`settings` have operators."""
        self.base = settings.dashboard_path
        self._sessions = sessions
        self._headers = {
            "content-security-policy": "; ".join(
                [
                    "default-src 'none'",
                    "style-src 'self'",
                    "script-src 'self'",
                    " ".join(["img-src 'self'", *_origins_of_pictures(settings)]),
                    "connect-src 'self'",
                    "form-action 'self'",
                    "base-uri 'none'",
                    "frame-ancestors 'none'",
                ]
            ),
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cache-control": "no-store",
            "vary": "accept, cookie",
        }
        self._environment = Environment(
            loader=PackageLoader("basepool.web.admin"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters.update(
            time=show_time,
            since=show_since,
            until=show_until,
            number=show_number,
            seconds=show_seconds,
            says=show_value,
        )
        self._environment.globals.update(
            base=self.base, navigation=NAVIGATION, static=static_hash, is_past=is_past, link=self._link
        )

    def _link(self, path: str, **parameters: Any) -> str:
        """A link to a screen, with those parameters that have a value."""
        query = urlencode({name: value for name, value in parameters.items() if value not in {None, ""}})
        return f"{self.base}/{path}{'?' if query else ''}{query}"

    def show(
        self,
        visit: Visit,
        template: str,
        data: dict[str, Any],
        *,
        status: int = 200,
        says: dict[str, Any] | None = None,
    ) -> Response:
        """A screen: `data` as JSON for programs, in `template` for people, with `says` besides; nothing (204) for who has seen
        the same already."""
        data = _without_secrets(data)
        stamp = _stamp(visit, data)
        is_read = visit.request.method != "POST"
        if is_read and visit.request.headers.get("if-none-match") == stamp:
            return self.finish(Response(status_code=204, headers={"etag": stamp}))
        if wants_json(visit.request):
            answer: Response = JSONResponse(data)
        else:
            told = self._sessions.told(visit.request)
            values = {**data, **(says or {}), "told": told, "stamp": stamp if is_read else ""}
            answer = self._html(visit.request, template, 200, visit.session, values)
            if told:
                self._sessions.forget_told(visit.request, answer)
        if is_read:
            answer.headers["etag"] = stamp
        return self.finish(answer)

    def show_login(self, request: Request, next: str, refusal: Refusal | None = None) -> Response:
        """The form for those who have not logged in."""
        body = refusal.body if refusal else None
        return self.finish(
            self._html(
                request, "login.html", refusal.status if refusal else 200, None, {"next": next, "refusal": body}
            ),
            refusal,
        )

    def refuse(self, request: Request, session: Session | None, refusal: Refusal) -> Response:
        """Say what was wrong and what to do."""
        answer: Response
        if wants_json(request):
            answer = JSONResponse(refusal.body, refusal.status)
        else:
            answer = self._html(request, "error.html", refusal.status, session, {"refusal": refusal.body})
        return self.finish(answer, refusal)

    def go(self, path: str) -> Response:
        """To a screen, by GET."""
        return self.finish(RedirectResponse(f"{self.base}/{path}", 303))

    def tell(self, visit: Visit, text: str, path: str) -> Response:
        """To a screen, which says `text`, once."""
        answer = self.go(path)
        self._sessions.tell(visit.request, answer, text)
        return answer

    def finish(self, answer: Response, refusal: Refusal | None = None) -> Response:
        """With the headers that every answer has."""
        answer.headers.update(self._headers)
        if refusal:
            answer.headers.update(refusal.headers)
        return answer

    def _html(
        self, request: Request, template: str, status: int, session: Session | None, values: dict[str, Any]
    ) -> Response:
        here = request.scope["path"].removeprefix(self.base).strip("/").split("/")[0]
        text = self._environment.get_template(template).render(
            {
                "here": here,
                "session": session,
                "proof": self._sessions.proof(session) if session else "",
                **values,
            }
        )
        return Response(text, status, media_type="text/html")


def static_file(name: str) -> Response:
    """The style sheet or the script. Raises Refusal (404)."""
    if name not in _STATIC:
        raise Refusal(404, "PT404", "there is no such file", "See the page itself.")
    # its address has its hash
    headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
    return Response(_static(name), headers=headers, media_type=_STATIC[name])


@cache
def _static(name: str) -> bytes:
    return (resources.files("basepool.web.admin") / "static" / name).read_bytes()


@cache
def static_hash(name: str) -> str:
    """What tells one release's file from another's."""
    return hashlib.sha256(_static(name)).hexdigest()[:12]


def _without_secrets(value: Any) -> Any:
    """What errors and inputs quote may have one in it."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


def _origins_of_pictures(settings: Settings) -> list[str]:
    """Where thumbnails are, besides here."""
    found = []
    for url in (settings.public_url, settings.store_public_url, settings.supabase_url):
        parts = urlsplit(url or "")
        if parts.netloc and (origin := f"{parts.scheme}://{parts.netloc}") not in found:
            found.append(origin)
    return found


def _stamp(visit: Visit, data: dict[str, Any]) -> str:
    """What changes when the screen does: not because time passes, unless something comes to be due."""
    shown = data.get("stamp") or {name: value for name, value in data.items() if name != "at"}
    text = json.dumps([visit.session.id, visit.session.may_act, shown], sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


# what templates write


def read_time(value: Any) -> datetime | None:
    """A time as JSON has it, in UTC; None where it is none that a calendar has."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        # infinity, or before Christ
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def _time_element(value: Any, kind: str) -> Markup:
    read = read_time(value)
    if read is None:
        return escape("–" if value in {None, ""} else value)
    near = abs(read - datetime.now(UTC)) < timedelta(hours=20)
    text = read.strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}" title="{} UTC" data-{}="">{}</time>').format(
        read.isoformat(timespec="seconds"), read.strftime("%Y-%m-%d %H:%M:%S"), kind, text
    )


def show_time(value: Any) -> Markup:
    """The time of day, in UTC; with the day where it is another one."""
    return _time_element(value, "at")


def show_since(value: Any) -> Markup:
    """The same; a script makes "12 s ago" of it."""
    return _time_element(value, "since")


def show_until(value: Any) -> Markup:
    """The same; a script counts down to it."""
    return _time_element(value, "until")


def is_past(value: Any) -> bool:
    """Whether that time has come."""
    read = read_time(value)
    return read is not None and read <= datetime.now(UTC)


def show_number(value: Any) -> str:
    """A number with its thousands set apart; of what was not counted to its end, "10,000+"."""
    if isinstance(value, Mapping):
        return f"{show_number(value.get('count'))}{'+' if value.get('capped') else ''}"
    if isinstance(value, bool) or value is None or value == "":
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def show_seconds(value: Any) -> str:
    """A duration, in the unit that one would say."""
    if not isinstance(value, int | float):
        return "–" if value is None else str(value)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= 2 * size:
            return f"{value / size:,.1f}".removesuffix(".0") + f" {unit}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") + " s"


def show_value(value: Any) -> str:
    """A value of whatever kind, as one would write it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
