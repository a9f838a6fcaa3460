"""What the simulator remembers: accounts with their tokens and counts, and the last predictions."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import string
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from basepool.simulator.config import AccountConfig, Credit, Script, SimulatorConfig
from basepool.simulator.faults import Fault
from basepool.simulator.limits import Limit, SlidingWindow, Spaced
from basepool.simulator.media import Media
from basepool.simulator.requests import CreateRequest

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
_ID_ALPHABET = string.ascii_lowercase + string.digits


@dataclass
class Counts:
    """What was asked and what it would have cost. Seconds are seconds of the simulated world."""

    creates: int = 0
    charged: int = 0
    charged_seconds: float = 0.0
    reads: int = 0
    cancels: int = 0
    throttled: int = 0
    refused: int = 0
    in_flight: int = 0
    max_in_flight: int = 0


@dataclass
class Token:
    """One API token of an account."""

    secret: str
    name: str
    revoked: bool = False
    counts: Counts = field(default_factory=Counts)


@dataclass
class Account:
    """One Replicate account, its limits and its predictions (oldest first)."""

    username: str
    type: str
    webhook_secret: str
    tokens: list[Token]
    credit: Credit
    create_limit: Limit
    low_credit_limit: Limit
    read_limit: Limit
    blocked: bool = False
    counts: Counts = field(default_factory=Counts)
    predictions: dict[str, Prediction] = field(default_factory=dict)

    def limit_of(self, creating: bool) -> Limit:
        """The limit a request runs against: creates have their own, and a stricter one with low credit."""
        if not creating:
            return self.read_limit
        return self.low_credit_limit if self.credit == "low" else self.create_limit


@dataclass(eq=False)
class Prediction:
    """One prediction. Times are seconds since the epoch; `submission` numbers the creates of the same input from 1."""

    sequence: int
    id: str
    account: Account
    token: Token
    model: str
    version: str
    request: CreateRequest
    base_url: str
    input_digest: str
    marker: str
    submission: int
    faults: list[Fault]
    created: float
    deadline: float | None
    status: str = "starting"
    started: float | None = None
    completed: float | None = None
    output: Any = None
    error: str | None = None
    logs: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    stream: bool = False
    script: Script | None = None
    charged: bool = False
    answered: str = "201"
    """What the creator saw: a status, `reset` or `hang`."""
    data_removed: bool = False
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    ended_delivery: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the terminal delivery was sent, or when there is none to wait for."""
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    last_event: dict[str, float] = field(default_factory=dict)
    file_keys: list[str] = field(default_factory=list)

    def fault(self, name: str) -> Fault | None:
        """The fault of that name that this prediction carries, if any."""
        return next((fault for fault in self.faults if fault.name == name), None)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.finished.is_set()

    def to_json(self) -> dict[str, Any]:
        """The prediction object as the API shows it; fields that are not known yet are absent, as in the real one."""
        urls = {
            "web": f"https://replicate.com/p/{self.id}",
            "get": f"{self.base_url}/v1/predictions/{self.id}",
            "cancel": f"{self.base_url}/v1/predictions/{self.id}/cancel",
        }
        if self.stream:
            urls["stream"] = f"{self.base_url}/v1/predictions/{self.id}/stream"
        shown: dict[str, Any] = {
            "id": self.id,
            "model": self.model,
            "version": self.version,
            "input": {} if self.data_removed else self.request.input,
            "logs": "" if self.data_removed else self.logs,
            "output": None if self.data_removed else self.output,
            "data_removed": self.data_removed,
            "error": self.error,
            "source": "api",
            "status": self.status,
            "created_at": timestamp(self.created),
            "urls": urls,
        }
        if self.request.deployment is not None:
            shown["deployment"] = self.request.deployment
        if self.metrics:
            shown["metrics"] = self.metrics
        for name, moment in (
            ("started_at", self.started),
            ("completed_at", self.completed),
            ("deadline", self.deadline),
        ):
            if moment is not None:
                shown[name] = timestamp(moment)
        return shown

    def summary(self) -> dict[str, Any]:
        """What the operator's statistics say about it."""
        return {
            "id": self.id,
            "account": self.account.username,
            "token": self.token.name,
            "model": self.model,
            "input_digest": self.input_digest,
            "marker": self.marker,
            "submission": self.submission,
            "status": self.status,
            "error": self.error,
            "charged": self.charged,
            "answered": self.answered,
            "webhook": self.request.webhook is not None,
            "created_at": timestamp(self.created),
            "started_at": None if self.started is None else timestamp(self.started),
            "completed_at": None if self.completed is None else timestamp(self.completed),
        }


@dataclass
class OutputFile:
    """A file that the delivery host serves as long as its prediction's data is kept; what it was is remembered longer."""

    prediction: Prediction
    media: Media
    downloads: int = 0
    """How often it was asked for while it was there."""
    is_deleted: bool = False

    def to_json(self, key: str) -> dict[str, Any]:
        """What the operator is told of it."""
        return {
            "url": f"{self.prediction.base_url}/files/{key}",
            "prediction": self.prediction.id,
            "content_type": self.media.content_type,
            "size": self.media.size,
            "sha256": self.media.sha256,
            "downloads": self.downloads,
            "is_deleted": self.is_deleted,
        }


class State:
    """All accounts and the last predictions. Belongs to one event loop; nothing here blocks or waits."""

    def __init__(self, config: SimulatorConfig) -> None:
        """Make the accounts of `config`."""
        self._config = config
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, tuple[Account, Token]] = {}
        for given in config.resolved_accounts():
            self._add(given)
        self.predictions: dict[str, Prediction] = {}
        self.files: dict[str, OutputFile] = {}
        self.submissions: dict[str, int] = {}
        self.known_versions: dict[str, str] = dict(config.versions)
        self.evicted = 0
        self._sequence = 0

    def _add(self, given: AccountConfig) -> None:
        config = self._config
        window = config.limit_window_seconds
        account = Account(
            username=given.username,
            type=given.type,
            webhook_secret=given.webhook_secret,
            tokens=[Token(secret, f"{given.username}/{n}") for n, secret in enumerate(given.tokens, 1)],
            credit=given.credit,
            create_limit=SlidingWindow(config.creates_per_window, window),
            low_credit_limit=Spaced(config.low_credit_creates_per_window, window),
            read_limit=SlidingWindow(config.reads_per_window, window),
        )
        self.accounts[account.username] = account
        for token in account.tokens:
            self.tokens[token.secret] = (account, token)

    def next_submission(self, digest: str) -> int:
        """Count one more create of the input with that digest; returns its number, from 1."""
        number = self.submissions.pop(digest, 0) + 1
        self.submissions[digest] = number
        if len(self.submissions) > self._config.keep_predictions:
            del self.submissions[next(iter(self.submissions))]
        return number

    def next_sequence(self) -> int:
        """The number of the next prediction; later ones are higher."""
        self._sequence += 1
        return self._sequence

    def add(self, prediction: Prediction) -> None:
        """Remember a new prediction, count it, and forget the oldest finished one if there are too many."""
        self.predictions[prediction.id] = prediction
        prediction.account.predictions[prediction.id] = prediction
        for counts in (prediction.account.counts, prediction.token.counts):
            counts.creates += 1
            counts.in_flight += 1
            counts.max_in_flight = max(counts.max_in_flight, counts.in_flight)
        if len(self.predictions) > self._config.keep_predictions:
            oldest = next((old for old in self.predictions.values() if old.is_over), None)
            if oldest is not None:
                self.forget(oldest)

    def forget(self, prediction: Prediction) -> None:
        """Drop a prediction and its files; counts stay."""
        for key in prediction.file_keys:
            del self.files[key]
        for timer in prediction.timers:
            timer.cancel()
        del self.predictions[prediction.id]
        del prediction.account.predictions[prediction.id]
        self.evicted += 1

    def delete_files(self, prediction: Prediction) -> None:
        """Serve the output files of a prediction no longer."""
        for key in prediction.file_keys:
            self.files[key].is_deleted = True

    def newest_first(self, account: Account) -> Iterator[Prediction]:
        """The account's predictions, newest first."""
        return reversed(account.predictions.values())

    def totals(self) -> dict[str, Any]:
        """The sums of all accounts' counts; `max_in_flight` is the highest of any account."""
        counts = [asdict(account.counts) for account in self.accounts.values()]
        return {
            name: (max if name == "max_in_flight" else sum)(each[name] for each in counts) for name in asdict(Counts())
        }


def new_prediction_id() -> str:
    """26 lowercase alphanumerics. Random even with a seed: a restarted simulator must not reuse ids."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(26))


def digest_of(model: str, given: dict[str, Any]) -> str:
    """A short digest of model and input; equal inputs have equal digests."""
    canonical = json.dumps([model, given], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def marker_of(given: dict[str, Any]) -> str:
    """A word to recognise an input by: its prompt, or its first text, shortened to 200 characters."""
    texts = [given.get("prompt"), *given.values()]
    found = next((text for text in texts if isinstance(text, str)), "")[:200]
    # half a character can't be shown
    return found.encode("utf-8", "replace").decode()


def timestamp(moment: float) -> str:
    """Seconds since the epoch as Replicate writes a time: `2023-09-08T16:19:34.765994Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def now() -> float:
    """Seconds since the epoch, in whole microseconds: what is shown and what is compared must be the same."""
    return round(time.time(), 6)
