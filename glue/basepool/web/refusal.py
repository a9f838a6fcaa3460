"""An answer other than 2xx."""

from __future__ import annotations

RETRY_AFTER_SECONDS = 2


class Refusal(Exception):
    """Status, code, message and hint of an answer; `headers` with _ for a hyphen."""

    def __init__(
        self, status: int, code: str, message: str, hint: str, *, is_genuine: bool = False, **headers: str
    ) -> None:
        """`is_genuine`: what is refused was signed, so nobody else makes us write that it was."""
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "hint": hint}
        self.is_genuine = is_genuine
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
