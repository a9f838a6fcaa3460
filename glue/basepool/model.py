"""What travels between the database and Replicate: leases and what else is claimed, and the two clocks they are timed by."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import SecretStr


@dataclass(frozen=True)
class Moment:
    """A moment on both clocks: one stands still while the machine sleeps, the other may be set back."""

    monotonic: float = field(default_factory=time.monotonic)
    wall: float = field(default_factory=time.time)

    def elapsed(self) -> float:
        """Seconds since then, on whichever clock they are more."""
        return max(time.monotonic() - self.monotonic, time.time() - self.wall)


@dataclass(frozen=True)
class Lease:
    """A generation to send now: what (`input`: JSON, as the database has it), with which token, by when it must be sent and by
    when its call must be over. One of the two is None where it can't be sent; `reason` says why, and it is to be reported."""

    attempt_id: UUID
    generation_id: UUID
    attempt_no: int
    token_id: int
    account_id: int
    token: SecretStr | None
    route: Literal["models", "predictions", "latest", "deployments"]
    target: str
    input: str | None
    reason: str | None
    cancel_after_seconds: int
    submit_timeout_seconds: int
    send_within_seconds: float
    claimed_at: Moment = field(default_factory=Moment)

    def seconds_left(self) -> float:
        """How much of the time of its call is left. Afterwards others may take over."""
        return self.submit_timeout_seconds - self.claimed_at.elapsed()

    def seconds_to_send(self) -> float:
        """How long it may still be sent. Afterwards it is to be given back: it would arrive together with later ones, which
        the account's limit does not leave room for."""
        return min(self.send_within_seconds, self.submit_timeout_seconds) - self.claimed_at.elapsed()


@dataclass(frozen=True)
class Claim:
    """The answer to a claim: leases, or why there are none (empty, busy until, dead because)."""

    answer: Literal["lease", "empty", "busy", "dead"]
    leases: list[Lease]
    busy_until: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Verdict:
    """What follows from an answer: recorded, unchanged or stale, or what the error rules say about a rejection: retry, fail or
    find_out."""

    decision: str
    rule: str | None
    retry_at: datetime | None


@dataclass(frozen=True)
class Inquiry:
    """A prediction to cancel or to ask for, with a token of its own account."""

    attempt_id: UUID
    prediction_id: str
    token: SecretStr | None


@dataclass(frozen=True)
class AppCheck:
    """A prediction that the app has made, to ask an account for that may have it."""

    generation_id: UUID
    prediction_id: str
    account_id: int
    token: SecretStr


@dataclass(frozen=True)
class OutputFile:
    """A file to copy into the store: where it is (a data: URL holds it itself), by when, how large it may be, and with what its
    key there begins. `tries`: which try this is, from 1; `lease`: what its result is recorded with."""

    generation_id: UUID
    nth: int
    user_id: UUID
    source_url: str
    deadline: datetime
    tries: int
    lease: UUID
    max_bytes: int | None
    key_hint: str


@dataclass(frozen=True)
class Beat:
    """What the database answers to a heartbeat: what is wrong, by name, and whether it has alarms for the glue to send."""

    findings: dict[str, str]
    has_alerts: bool


@dataclass(frozen=True)
class AlertMessage:
    """A message about an alarm, for whoever holds its lease to send."""

    lease: UUID
    url: SecretStr
    body: dict[str, Any]


@dataclass(frozen=True)
class Search:
    """A search of an account's list of predictions for lost ones: between which times of creation to look."""

    search_id: int
    account_id: int
    token: SecretStr | None
    created_after: datetime
    created_before: datetime
    attempts: int


@dataclass(frozen=True)
class Retry:
    """What became of a failed generation that was to be run again."""

    generation_id: UUID
    failed_at: datetime | None
    error: str | None
    outcome: str
    retried_as: UUID | None


@dataclass(frozen=True)
class TokenAccount:
    """Whose token it is, and how many tokens that account has now."""

    token_id: int
    account_id: int
    account: str | None
    is_new_account: bool
    tokens_of_account: int


@dataclass(frozen=True)
class TokenSecret:
    """A token with its secret, for asking Replicate whose it is."""

    token_id: int
    token: SecretStr | None
    problem: str | None = None
    """Why it has no secret that can be sent."""


@dataclass(frozen=True)
class FoundToken:
    """What somebody gave as a token, and which of the pool it is."""

    secret: SecretStr | None
    token_id: int | None
    account: str | None
    tokens_of_account: int


@dataclass(frozen=True)
class TokenState:
    """One row of basepool.list_tokens(): never a secret, always a reason."""

    token_id: int
    name: str | None
    masked: str
    account: str
    state: str
    reason: str | None
    back_at: datetime | None
    in_flight: int
    max_in_flight: int
    request_count: int
    error_count: int
    last_used_at: datetime | None
    last_error: str | None


@dataclass(frozen=True)
class WorkerState:
    """One row of basepool.list_workers()."""

    name: str
    version: str
    schema_version: int
    since: datetime
    heard_at: datetime
    is_silent: bool
    doing: str
    hands: int
    hands_free: int
    busy_since: datetime | None


@dataclass(frozen=True)
class Finding:
    """What came of one check, of the database or of the glue. `fix`: SQL, for a person to look at and run."""

    name: str
    severity: Literal["ok", "warning", "problem"]
    says: str
    remedy: str | None = None
    fix: str | None = None
