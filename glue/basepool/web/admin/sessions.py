"""Who is at the page: named operators, whose sessions are signed cookies, and what a POST has to prove besides."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from basepool.config import Operator, Settings
from basepool.web.refusal import Refusal

SESSION_SECONDS = 12 * 3600
_SAID_SECONDS = 60
_TRIES, _TRIES_SECONDS = 5, 60.0
_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Session:
    """An operator who has logged in."""

    name: str
    may_act: bool
    id: str
    """Made up at the login; what the browser is given against forged forms is derived from it."""


class Sessions:
    """Knows the operators. What it signs is good in every process that has the same OPERATOR_SECRET; only that a session was
    ended before its time is known to this process alone."""

    def __init__(self, settings: Settings) -> None:
        """`settings` have an OPERATOR_SECRET."""
        assert settings.operator_secret is not None
        self._key = hashlib.sha256(
            b"basepool operators " + settings.operator_secret.get_secret_value().encode()
        ).digest()
        self._operators = {operator.name: operator for operator in settings.known_operators}
        self._public_origin = _origin(settings.public_url)
        self._is_development = settings.basepool_env == "development" and not (settings.public_url or "").startswith(
            "https://"
        )
        self._sessions = self._signer("session")
        self._said = self._signer("said")
        self._ended: dict[str, float] = {}
        self._tries: deque[float] = deque()

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key,
            salt=f"basepool {purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def log_in(self, name: str, secret: str) -> Session:
        """Raises Refusal: 401, or 429 after five of those in a minute, of whatever name, so that nobody guesses, and nobody
        learns which names there are."""
        now = time.monotonic()
        while self._tries and self._tries[0] <= now - _TRIES_SECONDS:
            self._tries.popleft()
        if len(self._tries) >= _TRIES:
            wait = str(int(self._tries[0] + _TRIES_SECONDS - now) + 1)
            raise Refusal(
                429, "PT429", "there were too many wrong logins", f"Try again in {wait} seconds.", retry_after=wait
            )
        operator = self._operators.get(name)
        expected = operator.secret.get_secret_value() if operator else secrets.token_urlsafe(32)
        if not hmac.compare_digest(_digest(secret), _digest(expected)) or operator is None:
            self._tries.append(now)
            raise Refusal(401, "PT401", "the name or the secret is wrong", "They are what OPERATORS has.")
        return Session(operator.name, operator.may_act, secrets.token_urlsafe(16))

    def remember(self, session: Session, request: Request, answer: Response) -> None:
        """Give the browser the session."""
        operator = self._operators[session.name]
        value = self._sessions.dumps({"name": session.name, "id": session.id, "of": self._fingerprint(operator)})
        self._set_cookie(request, answer, "session", value, SESSION_SECONDS)

    def find(self, request: Request) -> Session | None:
        """The session of the request: none that was forged, is over, or whose operator has another secret or other rights by
        now."""
        read = self._read(self._sessions, request.cookies.get(self._cookie(request, "session")), SESSION_SECONDS)
        operator = self._operators.get(str(read.get("name")))
        if operator is None or not hmac.compare_digest(str(read.get("of")), self._fingerprint(operator)):
            return None
        if read["id"] in self._ended:
            return None
        return Session(operator.name, operator.may_act, read["id"])

    def end(self, session: Session, request: Request, answer: Response) -> None:
        """A copy of its cookie is worth nothing in this process either."""
        now = time.time()
        self._ended = {id: until for id, until in self._ended.items() if until > now}
        self._ended[session.id] = now + SESSION_SECONDS
        self._set_cookie(request, answer, "session", "", 0)

    def proof(self, session: Session) -> str:
        """What each form of the session carries."""
        return hmac.new(self._key, f"form {session.id}".encode(), "sha256").hexdigest()

    def check_proof(self, session: Session, proof: str) -> None:
        """Raises Refusal unless a form of this session was sent."""
        if not hmac.compare_digest(proof.encode(), self.proof(session).encode()):
            raise Refusal(403, "PT403", "the form is not of this session", "Open the page again and repeat it.")

    def check_origin(self, request: Request) -> None:
        """Raises Refusal unless a page of ours sent it. As long as pages say where they come from to nobody, the browser says
        `null` in Origin even to us: what counts then is Sec-Fetch-Site."""
        origins, sites = request.headers.getlist("origin"), request.headers.getlist("sec-fetch-site")
        host = request.headers.get("host", "")
        # who ends TLS in front of us may not be listed in FORWARDED_ALLOW_IPS
        ours = {f"{request.scope['scheme']}://{host}", f"https://{host}", self._public_origin}
        is_foreign = any(site != "same-origin" for site in sites) or any(
            origin not in ours for origin in origins if origin != "null"
        )
        says_nothing = not sites and not any(origin != "null" for origin in origins)
        if is_foreign or says_nothing:
            raise Refusal(
                403, "PT403", "the form is not of this page", "Open the page itself; behind a proxy set PUBLIC_URL."
            )

    def tell(self, request: Request, answer: Response, text: str) -> None:
        """Have the next page say it, once."""
        self._set_cookie(request, answer, "said", self._said.dumps({"text": text}), _SAID_SECONDS)

    def told(self, request: Request) -> str:
        """What the last page left to be said, or nothing."""
        read = self._read(self._said, request.cookies.get(self._cookie(request, "said")), _SAID_SECONDS)
        return str(read.get("text", ""))

    def forget_told(self, request: Request, answer: Response) -> None:
        """It was said."""
        self._set_cookie(request, answer, "said", "", 0)

    @staticmethod
    def _read(signer: URLSafeTimedSerializer, value: str | None, seconds: int) -> dict[str, Any]:
        try:
            read = signer.loads(value or "", max_age=seconds)
        except BadData:
            return {}
        return read if isinstance(read, dict) else {}

    def _fingerprint(self, operator: Operator) -> str:
        text = f"operator {operator.name} {operator.may_act} {operator.secret.get_secret_value()}"
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()

    def _is_local(self, request: Request) -> bool:
        """Whether somebody develops: browsers keep no `__Host-` cookie, and some no Secure one, of http://127.0.0.1. Whoever
        is asked through a proxy, or by another name, gets nothing less than those."""
        return (
            self._is_development
            and request.scope["scheme"] == "http"
            and _LOOPBACK.fullmatch(request.headers.get("host", "")) is not None
            and not any(name.startswith("x-forwarded") or name == "forwarded" for name in request.headers)
        )

    def _cookie(self, request: Request, name: str) -> str:
        return f"basepool-development-{name}" if self._is_local(request) else f"__Host-basepool-{name}"

    def _set_cookie(self, request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
        answer.set_cookie(
            self._cookie(request, name),
            value,
            max_age=seconds,
            path="/",
            secure=not self._is_local(request),
            httponly=True,
            samesite="strict",
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _origin(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
