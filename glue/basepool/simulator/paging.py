"""Lists of predictions, a page at a time, with opaque cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from basepool.simulator import errors
from basepool.simulator.state import Prediction

PAGE_SIZE = 100
_FILTERS = ("created_after", "created_before", "source")


@dataclass(frozen=True)
class _Cursor:
    """A place between two predictions: those older than `sequence`, or (backwards) those newer."""

    sequence: int
    backwards: bool

    def encode(self) -> str:
        return base64.urlsafe_b64encode(f"{'r' if self.backwards else 'p'}={self.sequence}".encode()).decode()

    @classmethod
    def decode(cls, text: str) -> _Cursor:
        try:
            kind, _, sequence = base64.urlsafe_b64decode(text.encode()).decode().partition("=")
            return cls(int(sequence), {"p": False, "r": True}[kind])
        except (binascii.Error, ValueError, KeyError):
            raise errors.ApiError(errors.not_found()) from None


def page(
    newest_first: Iterable[Prediction], query: dict[str, str], url: str
) -> tuple[dict[str, Any], list[Prediction]]:
    """One page as the API lists predictions: its links, and what is on it. `query` holds cursor and filters, `url` is that of
    the list.

    Raises errors.ApiError for a cursor or a time that cannot be read."""
    after = _moment(query, "created_after")
    before = _moment(query, "created_before")
    cursor = _Cursor.decode(query["cursor"]) if "cursor" in query else None
    matching = [
        prediction
        for prediction in newest_first
        if (after is None or prediction.created >= after)
        and (before is None or prediction.created < before)
        and query.get("source") != "web"  # what comes through the API is never from the website
    ]
    if cursor is None:
        shown = matching[:PAGE_SIZE]
    elif cursor.backwards:
        shown = [prediction for prediction in matching if prediction.sequence > cursor.sequence][-PAGE_SIZE:]
    else:
        shown = [prediction for prediction in matching if prediction.sequence < cursor.sequence][:PAGE_SIZE]
    kept = {name: query[name] for name in _FILTERS if name in query}

    def link(to: _Cursor) -> str:
        return f"{url}?{urlencode({'cursor': to.encode(), **kept})}"

    following = link(_Cursor(shown[-1].sequence, False)) if shown and matching[-1] is not shown[-1] else None
    previous = link(_Cursor(shown[0].sequence, True)) if shown and matching[0] is not shown[0] else None
    return {"previous": previous, "next": following}, shown


def _moment(query: dict[str, str], name: str) -> float | None:
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError:
        raise errors.ApiError(errors.invalid_field("format", name, "Must be an ISO 8601 date-time")) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
