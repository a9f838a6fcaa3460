"""What a simulator is made of: accounts, timing, limits, faults. Times are seconds of the simulated world."""

from __future__ import annotations

import base64
import hashlib
import string
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from basepool.simulator.faults import parse_spec
from basepool.simulator.raw import RawAnswer

Credit = Literal["ok", "low", "none"]
Range = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]

_TOKEN_ALPHABET = string.ascii_letters + string.digits
_TOKEN_LENGTH = 37  # behind "r8_", as in the OpenAPI document's example


class AccountConfig(BaseModel):
    """One Replicate account: who it is, its tokens, its webhook secret and its credit."""

    model_config = ConfigDict(extra="forbid")

    username: str
    type: Literal["user", "organization"] = "user"
    tokens: tuple[str, ...]
    webhook_secret: str = Field(pattern="^whsec_")
    credit: Credit = "ok"


class Script(BaseModel):
    """What every prediction of a model comes to, instead of what its name promises."""

    model_config = ConfigDict(extra="forbid")

    output: Any = None
    error: str | None = None
    """It fails with this text."""
    data_removed: bool = False
    """Its data is gone as soon as it is over."""


class AccountChanges(BaseModel):
    """What may change of an account while the simulator runs; what is absent stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    credit: Credit | None = None
    blocked: bool | None = None
    webhook_secret: Annotated[str, Field(pattern="^whsec_")] | None = None
    revoked: bool | list[str] | None = None
    """The names or secrets of revoked tokens; true or false for all."""


class FaultChanges(BaseModel):
    """Faults to be switched: by rate, or for the next so many requests; zero switches one off."""

    model_config = ConfigDict(extra="forbid")

    rates: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    next: dict[str, Annotated[int, Field(ge=0)]] = {}


class SimulatorConfig(BaseModel):
    """The whole simulator. `speed` divides every duration of the simulated world; rate limits and the time a caller
    is kept waiting (`Prefer: wait`, hangs) follow the wall clock, because the caller's own clock does."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    seed: int = 1
    account_count: int = Field(default=3, ge=1, le=1000)
    tokens_per_account: int = Field(default=1, ge=1, le=100)
    accounts: tuple[AccountConfig, ...] = ()
    """Given accounts instead of generated ones."""
    versions: dict[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], str] = {}
    """Which model (owner/name) a version is of; others are learnt when they are named as owner/name:version."""

    scripts: dict[str, Script] = {}
    """What models (owner/name) put out, exactly, or fail with."""
    community_models: tuple[str, ...] = ()
    """Models (owner/name) that are not official: the route of official models does not know them."""
    missing_models: tuple[str, ...] = ()
    """Models (owner/name) that do not exist."""
    community_names: bool = True
    """Whether `version` may be the bare name of a community model; the OpenAPI document asks for the version itself."""

    speed: float = Field(default=1.0, gt=0)
    start_seconds: Range = (0.2, 1.0)
    run_seconds: Range = (2.0, 5.0)
    run_limit_seconds: float = Field(default=1800, gt=0)
    data_kept_seconds: float = Field(default=3600, gt=0)
    charge_failed: bool = True
    """Assumption: what began to run is billed, even if it fails. `False` bills neither failed nor unfinished ones."""

    limits: bool = True
    limit_window_seconds: float = Field(default=60, gt=0)
    creates_per_window: int = Field(default=600, ge=1)
    reads_per_window: int = Field(default=3000, ge=1)
    low_credit_creates_per_window: int = Field(default=6, ge=1)

    webhook_retry_seconds: tuple[float, ...] = (1, 3, 7, 15, 31, 60)
    """Offsets from completion; Replicate retries terminal deliveries exponentially for about a minute."""
    webhook_timeout_seconds: float = Field(default=10, gt=0)
    webhook_throttle_seconds: float = Field(default=0.5, ge=0)
    http_webhooks: Literal["never", "loopback", "any"] = "loopback"
    """Replicate takes https only; plain http is what tests and the demo have."""

    fault_rates: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    hang_seconds: float = Field(default=600, gt=0)
    raw: tuple[RawAnswer, ...] = ()
    """What is answered as bytes in place of the right thing."""

    keep_predictions: int = Field(default=20_000, ge=1)
    keep_deliveries: int = Field(default=20_000, ge=1)
    public_url: str | None = None
    """Where callers reach the simulator; by default what the request was addressed to."""

    @field_validator("start_seconds", "run_seconds")
    @classmethod
    def _is_ordered(cls, value: Range) -> Range:
        if value[0] > value[1]:
            raise ValueError("the first number must not be above the second")
        return value

    @field_validator("fault_rates")
    @classmethod
    def _names_are_known(cls, value: dict[str, float]) -> dict[str, float]:
        for spec in value:
            parse_spec(spec)
        return value

    @model_validator(mode="after")
    def _tokens_are_distinct(self) -> SimulatorConfig:
        tokens = [token for account in self.accounts for token in account.tokens]
        if len(set(tokens)) != len(tokens):
            raise ValueError("a token belongs to one account only")
        return self

    def resolved_accounts(self) -> tuple[AccountConfig, ...]:
        """The accounts to simulate: the given ones, or as many as asked for, derived from the seed."""
        if self.accounts:
            return self.accounts
        return tuple(
            AccountConfig(
                username=f"sim-{number}",
                type="organization" if number % 2 == 0 else "user",
                tokens=tuple(
                    derive_token(self.seed, number, position) for position in range(1, self.tokens_per_account + 1)
                ),
                webhook_secret=derive_webhook_secret(self.seed, number),
            )
            for number in range(1, self.account_count + 1)
        )


def derive_token(seed: int, account: int, position: int) -> str:
    """The token `r8_…` (40 characters) of that account and position; the same for the same seed."""
    digest = hashlib.sha512(f"basepool token {seed}/{account}/{position}".encode()).digest()
    return "r8_" + "".join(_TOKEN_ALPHABET[byte % len(_TOKEN_ALPHABET)] for byte in digest[:_TOKEN_LENGTH])


def derive_webhook_secret(seed: int, account: int) -> str:
    """The signing secret `whsec_…` of that account; the same for the same seed."""
    digest = hashlib.sha256(f"basepool webhook secret {seed}/{account}".encode()).digest()
    return "whsec_" + base64.b64encode(digest[:24]).decode()
