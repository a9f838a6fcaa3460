"""The webhook secrets of accounts, asked for once and not for each webhook."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import SecretStr

from basepool.database import Database
from basepool.errors import BasepoolError, UnknownAttempt
from basepool.web.signature import BadSignature, verify

_KEEP_SECONDS = 10.0
# whoever sends bad signatures shall not keep the database busy
_ASK_AGAIN_SECONDS = 1.0
_SEATS_PER_TOKEN = 1000


@dataclass
class _Known:
    """What is known of a token's account, and since when."""

    secrets: list[SecretStr] = field(default_factory=list)
    learned_at: float = -math.inf
    asked_at: float = -math.inf
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    failed: tuple[float, BasepoolError] | None = None

    @property
    def is_recent(self) -> bool:
        return time.monotonic() < self.learned_at + _KEEP_SECONDS

    @property
    def may_be_asked(self) -> bool:
        return not self.is_recent or time.monotonic() >= self.asked_at + _ASK_AGAIN_SECONDS


class Secrets:
    """Verifies signatures. A secret that was rotated is seen at the first webhook that it signed."""

    def __init__(self, database: Database) -> None:
        """Nothing is asked before the first webhook."""
        self._database = database
        self._of_token: dict[int, _Known] = {}

    async def expect(self, attempt: UUID) -> None:
        """Returns when a secret is known that may have signed a webhook of this attempt. To be asked before its body is read:
        nobody can make us hold what nobody could have signed. Raises UnknownAttempt."""
        known, came_at = self._known(attempt), time.monotonic()
        if not known.is_recent:
            await self._learn(known, attempt, came_at)

    async def verify(self, attempt: UUID, body: bytes, headers: Mapping[str, str]) -> str:
        """The webhook-id of a webhook about `attempt`. Raises BadSignature, UnknownAttempt."""
        known, came_at = self._known(attempt), time.monotonic()
        if known.is_recent:
            with suppress(BadSignature):
                return verify(body, headers, known.secrets)
        await self._learn(known, attempt, came_at)
        return verify(body, headers, known.secrets)

    def _known(self, attempt: UUID) -> _Known:
        return self._of_token.setdefault(_token(attempt), _Known())

    async def _learn(self, known: _Known, attempt: UUID, came_at: float) -> None:
        """Ask for the secrets, once for all who ask at a time."""
        async with known.asking:
            if known.failed and known.failed[0] > came_at:
                # who waited for the database with others hears of its failure with them
                raise known.failed[1]
            try:
                if known.may_be_asked:
                    await self._ask(known, attempt)
            finally:
                if not known.secrets:
                    # ids that somebody made up take no memory
                    self._of_token.pop(_token(attempt), None)

    async def _ask(self, known: _Known, attempt: UUID) -> None:
        try:
            secrets = await self._database.get_webhook_secrets(attempt=attempt)
        except BasepoolError as error:
            known.failed = time.monotonic(), error
            raise
        known.asked_at = time.monotonic()
        # an attempt that does not exist says nothing about the token
        if not secrets:
            raise UnknownAttempt("unknown attempt, or no webhook secret is known for it", "Run basepool tokens check.")
        known.secrets, known.learned_at = secrets, known.asked_at


def _token(attempt: UUID) -> int:
    """An attempt is named after its seat, and a seat after its token."""
    return (attempt.int >> 96) // _SEATS_PER_TOKEN
