"""The simulated Replicate: what a request does to it, without HTTP around it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from dataclasses import asdict, replace
from typing import Any

from basepool.simulator import errors, models, outputs
from basepool.simulator.config import AccountChanges, SimulatorConfig
from basepool.simulator.faults import Fault, FaultPlan, Scope, parse_directives
from basepool.simulator.lifecycle import Lifecycle
from basepool.simulator.raw import RawAnswers
from basepool.simulator.requests import CreateRequest
from basepool.simulator.state import (
    Account,
    Prediction,
    State,
    Token,
    digest_of,
    marker_of,
    new_prediction_id,
    now,
)
from basepool.simulator.webhooks import WebhookSender

LIVE_SETTINGS = frozenset(
    {
        "speed",
        "start_seconds",
        "run_seconds",
        "run_limit_seconds",
        "data_kept_seconds",
        "charge_failed",
        "limits",
        "webhook_retry_seconds",
        "webhook_timeout_seconds",
        "webhook_throttle_seconds",
        "http_webhooks",
        "hang_seconds",
        "public_url",
        "scripts",
        "community_models",
        "community_names",
        "missing_models",
    }
)
"""Settings that may change while the simulator runs; the others are built into its state."""

_STICKY = (Scope.PREDICTION, Scope.WEBHOOK, Scope.READ, Scope.FILE)
"""Faults asked for by an input that stay with the prediction made from it."""


class Simulator:
    """Accounts, predictions, faults and webhooks of one running simulator. Belongs to one event loop."""

    def __init__(self, config: SimulatorConfig) -> None:
        """Nothing runs before the first prediction."""
        self.config = config.model_copy()
        self.stopping = asyncio.Event()
        self._begin()

    def _begin(self) -> None:
        self.state = State(self.config)
        self.faults = FaultPlan(self.config.fault_rates)
        self.raw = RawAnswers(self.config.raw)
        self.webhooks = WebhookSender(self.config, self.faults, self.raw)
        self.lifecycle = Lifecycle(self.config, self.state, self.webhooks.emit)
        self._read_dice = random.Random(f"{self.config.seed}/reads")

    async def stop(self) -> None:
        """End everything that runs: predictions stand still, webhooks are given up, hanging requests are let go."""
        self.stopping.set()
        for prediction in self.state.predictions.values():
            self.lifecycle.stop(prediction)
        await self.webhooks.close()

    async def reset(self) -> None:
        """Forget predictions, counts and faults; accounts and rates are those of the configuration again."""
        await self.stop()
        self.stopping = asyncio.Event()
        self._begin()

    # -- requests ------------------------------------------------------------------------------------------------

    def authenticate(self, header: str | None) -> tuple[Account, Token]:
        """Account and token of an Authorization header. Raises errors.ApiError: 401, or 403 for a blocked account."""
        scheme, _, secret = (header or "").partition(" ")
        found = self.state.tokens.get(secret.strip()) if scheme == "Bearer" else None
        if found is None:
            raise errors.ApiError(errors.unauthenticated())
        account, token = found
        if token.revoked:
            self._refuse(account, token)
            raise errors.ApiError(errors.unauthenticated())
        if account.blocked:
            self._refuse(account, token)
            raise errors.ApiError(errors.blocked())
        return account, token

    def admit(self, account: Account, token: Token, *, creating: bool) -> None:
        """Run a request against the account's rate limit. Raises errors.ApiError (429)."""
        if not self.config.limits:
            return
        wait = account.limit_of(creating).take(time.monotonic())
        if wait > 0:
            for counts in (account.counts, token.counts):
                counts.throttled += 1
            if creating and account.credit == "low":
                per_minute = self.config.low_credit_creates_per_window
                raise errors.ApiError(errors.throttled_low_credit(wait, per_minute))
            raise errors.ApiError(errors.throttled(wait))

    def create(
        self, account: Account, token: Token, request: CreateRequest, base_url: str
    ) -> tuple[Prediction | None, Fault | None]:
        """Make a prediction, unless a fault prevents it: returns the prediction (None if there is none) and the fault
        that spoils the answer (None if it is not spoilt). Raises errors.ApiError for 402 and 422."""
        model = self._model_of(request)
        if request.version == "hidden" and request.deployment is None:
            request = self._with_version(request, model)
        if account.credit == "none":
            raise errors.ApiError(errors.insufficient_credit())
        try:
            directives = parse_directives(request.input)
        except ValueError as error:
            raise errors.ApiError(errors.invalid_field("simulator", "input", str(error))) from None
        digest = digest_of(model, request.input)
        submission = self.state.next_submission(digest)
        asked = [
            directive.fault for directive in directives if directive.count is None or submission <= directive.count
        ]
        # One set of dice per create of an input: the same seed gives it the same fate, whatever runs beside it.
        dice = random.Random(f"{self.config.seed}/{digest}/{submission}")
        fault = self.faults.one(Scope.CREATE, asked, dice)
        if fault is not None and fault.name in _PREVENTING:
            return None, fault
        if complaints := models.input_faults(model, request.input):
            raise errors.ApiError(errors.invalid_fields(complaints))
        fate = self.faults.several(Scope.PREDICTION, asked, dice)
        sticky = [given for given in asked if given.scope in _STICKY and given.scope is not Scope.PREDICTION]
        created = now()
        prediction = Prediction(
            sequence=self.state.next_sequence(),
            id=new_prediction_id(),
            account=account,
            token=token,
            model=model,
            version=request.version,
            request=request,
            base_url=base_url,
            input_digest=digest,
            marker=marker_of(request.input),
            submission=submission,
            faults=[*fate, *sticky],
            created=created,
            deadline=None if request.cancel_after is None else created + request.cancel_after / self.config.speed,
        )
        prediction.script = self.config.scripts.get(model)
        prediction.stream = outputs.kind_of(prediction) == "text"
        self.state.add(prediction)
        self.lifecycle.begin(prediction, dice)
        return prediction, fault

    def find(self, account: Account, prediction_id: str) -> Prediction:
        """A prediction of that account. Raises errors.ApiError (404), also for one that belongs to another account."""
        prediction = account.predictions.get(prediction_id)
        if prediction is None:
            raise errors.ApiError(errors.not_found())
        return prediction

    def read_fault(self, prediction: Prediction | None) -> Fault | None:
        """The fault of a request that creates nothing; `prediction` is the one it is about, if any."""
        return self.faults.one(Scope.READ, prediction.faults if prediction else (), self._read_dice)

    def file_fault(self, prediction: Prediction) -> Fault | None:
        """The fault of a download of one of the prediction's files."""
        return self.faults.one(Scope.FILE, prediction.faults, self._read_dice)

    def _model_of(self, request: CreateRequest) -> str:
        if request.model is None:
            # A bare version, or a deployment, whose model only Replicate knows.
            return request.deployment or self.state.known_versions.get(request.version, models.UNKNOWN_MODEL)
        if request.version != "hidden":
            self.state.known_versions[request.version] = request.model
        return request.model

    def _with_version(self, request: CreateRequest, model: str) -> CreateRequest:
        """A create by the bare name of a model, with the version that it means. Raises errors.ApiError where the route does
        not serve it (404, 422)."""
        is_missing = model in self.config.missing_models
        if not is_missing and model not in self.config.community_models:
            return request
        if request.is_official:
            raise errors.ApiError(errors.not_found())
        if is_missing or not self.config.community_names:
            raise errors.ApiError(errors.invalid_version())
        return replace(request, version=models.latest_version(model))

    def _refuse(self, account: Account, token: Token) -> None:
        for counts in (account.counts, token.counts):
            counts.refused += 1

    # -- the operator --------------------------------------------------------------------------------------------

    def set_account(self, username: str, changes: AccountChanges) -> None:
        """Change what `changes` sets of an account. Raises KeyError if there is no such account."""
        account = self.state.accounts[username]
        if changes.revoked is not None:
            for token in account.tokens:
                token.revoked = (
                    changes.revoked
                    if isinstance(changes.revoked, bool)
                    else token.name in changes.revoked or token.secret in changes.revoked
                )
        account.credit = changes.credit or account.credit
        account.webhook_secret = changes.webhook_secret or account.webhook_secret
        if changes.blocked is not None:
            account.blocked = changes.blocked

    def configure(self, changes: dict[str, Any]) -> None:
        """Change settings of LIVE_SETTINGS; durations that run already keep their length. Raises ValueError."""
        unknown = changes.keys() - LIVE_SETTINGS
        if unknown:
            raise ValueError(f"cannot change {', '.join(sorted(unknown))}; can: {', '.join(sorted(LIVE_SETTINGS))}")
        checked = SimulatorConfig.model_validate({**self.config.model_dump(), **changes})
        for name in changes:
            setattr(self.config, name, getattr(checked, name))

    def delete_files(self) -> int:
        """Delete the data of all predictions that are over, as if their hour had passed; returns the number of files."""
        there = [file for file in self.state.files.values() if not file.is_deleted]
        for prediction in self.state.predictions.values():
            if prediction.is_over:
                self.lifecycle.remove_data(prediction)
        return sum(file.is_deleted for file in there)

    def describe(self) -> dict[str, Any]:
        """Settings, accounts with their tokens and secrets, and the faults that are on."""
        return {
            "config": self.config.model_dump(exclude={"accounts", "raw"}),
            "faults": {"rates": self.faults.rates, "next": self.faults.next},
            "raw": self.raw.to_json(),
            "in_flight": sum(account.counts.in_flight for account in self.state.accounts.values()),
            "accounts": [
                {
                    "username": account.username,
                    "type": account.type,
                    "credit": account.credit,
                    "blocked": account.blocked,
                    "webhook_secret": account.webhook_secret,
                    "tokens": [
                        {"name": token.name, "token": token.secret, "revoked": token.revoked}
                        for token in account.tokens
                    ],
                }
                for account in self.state.accounts.values()
            ],
        }

    def statistics(self, *, with_predictions: bool) -> dict[str, Any]:
        """All counts. `charged_more_than_once` lists inputs that were billed twice or more, among those remembered."""
        statuses = Counter(prediction.status for prediction in self.state.predictions.values())
        charged: dict[str, list[Prediction]] = defaultdict(list)
        for prediction in self.state.predictions.values():
            if prediction.charged:
                charged[prediction.input_digest].append(prediction)
        result: dict[str, Any] = {
            "totals": self.state.totals(),
            "statuses": dict(statuses),
            "accounts": [
                {
                    "username": account.username,
                    **asdict(account.counts),
                    "tokens": [{"name": token.name, **asdict(token.counts)} for token in account.tokens],
                }
                for account in self.state.accounts.values()
            ],
            "faults": dict(self.faults.struck),
            "webhooks": dict(self.webhooks.counts),
            "charged_more_than_once": [
                {
                    "input_digest": digest,
                    "model": those[0].model,
                    "marker": those[0].marker,
                    "predictions": [{"id": each.id, "status": each.status} for each in those],
                }
                for digest, those in charged.items()
                if len(those) > 1
            ],
            "forgotten": self.state.evicted,
        }
        if with_predictions:
            result["predictions"] = [prediction.summary() for prediction in self.state.predictions.values()]
        return result


_PREVENTING = frozenset(
    {
        "unauthorized",
        "insufficient_credit",
        "blocked",
        "not_found",
        "invalid_input",
        "invalid_version",
        "throttled",
        "throttled_low_credit",
        "server_error",
        "error_list",
        "reset_before_create",
        "hang_before_create",
    }
)
"""Faults of a create after which there is no prediction."""
