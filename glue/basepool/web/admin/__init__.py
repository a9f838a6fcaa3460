"""The operator's page: what happens in the pool, seen at a glance, and what may be done about it. SQL knows (`page_…`,
`act_on_…`), this renders. Where there is no OPERATOR_SECRET or nobody in OPERATORS, it does not exist."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from basepool.config import Settings
from basepool.errors import BasepoolError, is_fault_of_database
from basepool.web.admin import actions, screens
from basepool.web.admin.pages import Pages, Visit, static_file, wants_json
from basepool.web.admin.sessions import Session, Sessions
from basepool.web.bodies import Bodies
from basepool.web.refusal import RETRY_AFTER_SECONDS, Refusal

logger = logging.getLogger(__name__)

_MAX_FORM_BYTES = 200_000
Screen = Callable[[Pages, Visit], Awaitable[Response]]


def routes(settings: Settings) -> list[Route]:
    """The routes of the page: none where nobody may log in."""
    if not settings.known_operators:
        return []
    return _Desk(settings).routes()


class _Desk:
    """Lets in who may, and turns what goes wrong into pages."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.dashboard_path
        self._sessions = Sessions(settings)
        self._pages = Pages(settings, self._sessions)
        self._bodies = Bodies(settings, _MAX_FORM_BYTES)

    def routes(self) -> list[Route]:
        """All, with their methods."""
        return [
            Route(self._base, self._to_base, methods=["GET"]),
            Route(f"{self._base}/static/{{name}}", self._static, methods=["GET"]),
            Route(f"{self._base}/login", self._show_login, methods=["GET"]),
            Route(f"{self._base}/login", self._log_in, methods=["POST"]),
            Route(f"{self._base}/logout", self._guard(self._log_out, posts=True, acts=False), methods=["POST"]),
            *(
                Route(self._base + path, self._guard(screen), methods=["GET"])
                for path, screen in (*screens.SCREENS, *actions.CONFIRMATIONS)
            ),
            *(
                Route(self._base + path, self._guard(action, posts=True), methods=["POST"])
                for path, action in actions.ACTIONS
            ),
        ]

    def _guard(
        self, screen: Screen, *, posts: bool = False, acts: bool = True
    ) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a screen, for those who have logged in; of what `posts` only for forms of ours; and of what `acts`
        not for those who may only look."""

        async def endpoint(request: Request) -> Response:
            session = self._sessions.find(request)
            if session is None:
                return self._ask_for_login(request)
            try:
                form: dict[str, str] = {}
                if posts:
                    self._sessions.check_origin(request)
                    form = await self._read_form(request)
                    self._sessions.check_proof(session, form.get("proof", ""))
                    if acts and not session.may_act:
                        raise Refusal(403, "PT403", "you may look and not act", "Ask somebody who may.")
                backend = await request.app.state.backends.get()
                return await screen(self._pages, Visit(request, session, backend.database, form))
            except Refusal as refusal:
                return self._refuse(request, session, refusal)
            except BasepoolError as error:
                return self._refuse(request, session, _refusal_of(request, error))

        return endpoint

    def _refuse(self, request: Request, session: Session | None, refusal: Refusal) -> Response:
        answer = self._pages.refuse(request, session, refusal)
        if request.method == "POST" and request.scope["http_version"].startswith("1"):
            # what the caller still has to say is not awaited
            answer.headers["connection"] = "close"
        return answer

    def _ask_for_login(self, request: Request) -> Response:
        if wants_json(request) or request.method not in {"GET", "HEAD"}:
            hint = f"Log in at {self._base}/login."
            return self._refuse(request, None, Refusal(401, "PT401", "nobody has logged in", hint))
        query = request.scope["query_string"].decode("latin-1")
        here = quote(request.scope["path"]) + (f"?{query}" if query else "")
        return self._pages.go(f"login?{urlencode({'next': here})}")

    async def _show_login(self, request: Request) -> Response:
        return self._pages.show_login(request, self._next(request.query_params.get("next", "")))

    async def _log_in(self, request: Request) -> Response:
        try:
            self._sessions.check_origin(request)
            form = await self._read_form(request)
        except Refusal as refusal:
            return self._refuse(request, None, refusal)
        next = self._next(form.get("next", ""))
        try:
            session = self._sessions.log_in(form.get("name", ""), form.get("secret", ""))
        except Refusal as refusal:
            logger.warning("login refused: %s", refusal.body["message"])
            if wants_json(request):
                return self._refuse(request, None, refusal)
            return self._pages.show_login(request, next, refusal)
        answer = self._pages.finish(RedirectResponse(next, 303))
        self._sessions.remember(session, request, answer)
        return answer

    async def _log_out(self, pages: Pages, visit: Visit) -> Response:
        answer = pages.go("login")
        self._sessions.end(visit.session, visit.request, answer)
        return answer

    def _next(self, asked: str) -> str:
        """Where to go after the login: never out of the page."""
        is_ours = (
            asked.startswith(f"{self._base}/") and re.fullmatch(r"[!-~]*", asked) and not re.search(r"//|\\", asked)
        )
        return asked if is_ours else f"{self._base}/"

    async def _read_form(self, request: Request) -> dict[str, str]:
        """The fields; of several of one name the last. Raises Refusal."""
        self._bodies.check(request)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            raise Refusal(415, "PT415", "the body is no form", "Send application/x-www-form-urlencoded.")
        async with self._bodies.read(request) as body:
            try:
                fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=200, errors="strict")
            except ValueError:
                raise Refusal(400, "PT400", "the form can't be read", "Send it as a browser does.") from None
        return dict(fields)

    async def _to_base(self, request: Request) -> Response:
        return self._pages.go("")

    async def _static(self, request: Request) -> Response:
        try:
            return static_file(request.path_params["name"])
        except Refusal as refusal:
            return self._refuse(request, None, refusal)


def _refusal_of(request: Request, error: BasepoolError) -> Refusal:
    if is_fault_of_database(error):
        logger.debug("%s: %s %s", request.scope["path"], error.code, error.message)
        hint = "Try again; basepool status says more."
        wait = str(RETRY_AFTER_SECONDS)
        return Refusal(503, error.code, "the database can't do this now", hint, retry_after=wait)
    if error.code == BasepoolError.code:
        logger.error("%s: %s %s", request.scope["path"], error.code, error.message)
        return Refusal(500, error.code, "it could not be done", "See the log.")
    status = int(error.code[2:]) if error.code.startswith("PT4") else 409
    return Refusal(status, error.code, error.message, error.hint)
