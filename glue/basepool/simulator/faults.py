"""Misbehaviour: its names, where it strikes, and what decides that it does.

A fault is asked for in three ways: `[sim:NAME]` in any text of a prediction's input (that request), a rate between 0
and 1 (by chance), or a count of next requests. `NAME` may carry a value, `[sim:fail=E003]`, and a directive a
number, `[sim:throttled*2]`: only the first two creates of this very input.
"""

from __future__ import annotations

import enum
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from basepool.simulator.media import CONTENTS


class Scope(enum.Enum):
    """What a fault strikes."""

    CREATE = "the answer to a create"
    PREDICTION = "the life of the prediction"
    WEBHOOK = "a webhook delivery"
    READ = "the answer to get, list, cancel, account and webhook secret"
    FILE = "the download of an output"


@dataclass(frozen=True)
class Kind:
    """A fault that exists: where it strikes, the value it takes (if any), and what it does."""

    scope: Scope
    help: str
    value: str | None = None
    value_required: bool = False
    choices: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "unauthorized": Kind(Scope.CREATE, "401, as for a token that is not valid"),
    "insufficient_credit": Kind(Scope.CREATE, "402, the account has no credit"),
    "blocked": Kind(Scope.CREATE, "403 with the HTML page of the edge"),
    "not_found": Kind(Scope.CREATE, "404, no such model"),
    "invalid_input": Kind(Scope.CREATE, "422, the model refuses the input"),
    "invalid_version": Kind(Scope.CREATE, "422, no such version"),
    "throttled": Kind(Scope.CREATE, "429, resets in SECONDS (30)", "SECONDS"),
    "throttled_low_credit": Kind(Scope.CREATE, "429 of an account with low credit, retry_after SECONDS (5)", "SECONDS"),
    "server_error": Kind(Scope.CREATE, "STATUS (500), nothing created", "STATUS"),
    "server_error_after_create": Kind(Scope.CREATE, "STATUS (500), although the prediction exists", "STATUS"),
    "error_list": Kind(Scope.CREATE, "500 whose JSON is not an object"),
    "reset_before_create": Kind(Scope.CREATE, "connection reset, nothing created"),
    "reset_after_create": Kind(Scope.CREATE, "connection reset, although the prediction exists"),
    "hang_before_create": Kind(Scope.CREATE, "no answer, nothing created"),
    "hang_after_create": Kind(Scope.CREATE, "no answer, although the prediction exists and is billed"),
    "slow": Kind(Scope.CREATE, "the right answer, SECONDS (2) of the wall clock late", "SECONDS"),
    "fail": Kind(Scope.PREDICTION, "fails with the error of CODE: PA, E003 ... E9828, timeout, empty", "CODE", True),
    "stuck_starting": Kind(Scope.PREDICTION, "never leaves starting, until its deadline or a cancel"),
    "stuck_processing": Kind(Scope.PREDICTION, "never leaves processing, until deadline, run limit or cancel"),
    "ignore_deadline": Kind(Scope.PREDICTION, "neither deadline nor run limit ends it"),
    "status": Kind(Scope.PREDICTION, "shows status NAME in place of processing", "NAME", True),
    "end_status": Kind(Scope.PREDICTION, "ends with status NAME in place of succeeded", "NAME", True),
    "start": Kind(Scope.PREDICTION, "starts after SECONDS", "SECONDS", True),
    "run": Kind(Scope.PREDICTION, "runs for SECONDS", "SECONDS", True),
    "output": Kind(Scope.PREDICTION, "output as KIND: string, list, object, text, data, video, none", "KIND", True),
    "output_bytes": Kind(Scope.PREDICTION, "each file has BYTES, if that is more than it needs", "BYTES", True),
    "content": Kind(
        Scope.PREDICTION,
        f"files hold CONTENT, whatever their names say: {', '.join(CONTENTS)}",
        "CONTENT",
        True,
        CONTENTS,
    ),
    "webhook_lost": Kind(Scope.WEBHOOK, "never sent (only EVENT, if given)", "EVENT"),
    "webhook_duplicate": Kind(Scope.WEBHOOK, "sent twice with the same webhook-id (only EVENT, if given)", "EVENT"),
    "webhook_reorder": Kind(Scope.WEBHOOK, "deliveries before the end arrive after the last one"),
    "webhook_delay": Kind(Scope.WEBHOOK, "sent SECONDS late", "SECONDS", True),
    "webhook_bad_signature": Kind(Scope.WEBHOOK, "signed with a wrong secret, retries too"),
    "webhook_old": Kind(Scope.WEBHOOK, "signed with a timestamp ten minutes old, retries too"),
    "read_unauthorized": Kind(Scope.READ, "401"),
    "read_not_found": Kind(Scope.READ, "404"),
    "read_throttled": Kind(Scope.READ, "429, resets in SECONDS (30)", "SECONDS"),
    "read_server_error": Kind(Scope.READ, "STATUS (500)", "STATUS"),
    "read_reset": Kind(Scope.READ, "connection reset"),
    "read_hang": Kind(Scope.READ, "no answer"),
    "file_missing": Kind(Scope.FILE, "404, as if it were removed already"),
    "file_error": Kind(Scope.FILE, "STATUS (503)", "STATUS"),
    "file_truncated": Kind(Scope.FILE, "half of the file, then a connection reset"),
    "file_length": Kind(Scope.FILE, "said to have BYTES (twice as many as it has), and ends before", "BYTES"),
    "file_chunked": Kind(Scope.FILE, "the file, without its length"),
    "file_endless": Kind(Scope.FILE, "the file, and rubbish without an end"),
    "file_dribble": Kind(Scope.FILE, "a byte every SECONDS (1) of the wall clock", "SECONDS"),
    "file_hang": Kind(Scope.FILE, "no answer"),
    "file_redirect": Kind(Scope.FILE, "302 to URL (where the file is)", "URL"),
    "file_gzip": Kind(Scope.FILE, "compressed though nobody asked: the file, or BYTES that are zero", "BYTES"),
    "file_type": Kind(Scope.FILE, "the file, said to be TYPE (text/html)", "TYPE"),
}

_NUMBERS = {"SECONDS", "STATUS", "BYTES"}
_DIRECTIVE = re.compile(r"\[sim:(?P<spec>[a-z_]+(?:=[^\]*]+)?)(?:\*(?P<count>\d+))?\]")


@dataclass(frozen=True)
class Fault:
    """A fault that strikes: its name and the value that came with it."""

    name: str
    value: str | None = None

    @property
    def scope(self) -> Scope:
        """Where it strikes."""
        return KINDS[self.name].scope

    def number(self, default: float) -> float:
        """Its value as a number of seconds, of bytes, or a status; `default` when none was given."""
        return default if self.value is None else float(self.value)

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}={self.value}"


@dataclass(frozen=True)
class Directive:
    """A fault asked for by the text of an input, for the first `count` creates of this input (None: all)."""

    fault: Fault
    count: int | None


def parse_spec(spec: str) -> Fault:
    """`name` or `name=value` as a fault. Raises ValueError for an unknown name or a value that does not fit."""
    name, separator, value = spec.partition("=")
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"unknown fault {name!r}; known: {', '.join(KINDS)}")
    if separator and kind.value is None:
        raise ValueError(f"the fault {name!r} takes no value")
    if kind.value_required and not value:
        raise ValueError(f"the fault {name!r} needs a value: {name}={kind.value}")
    if value and kind.value in _NUMBERS:
        try:
            valid = float(value) >= 0
        except ValueError:
            valid = False
        if not valid:
            raise ValueError(f"the value of {name!r} must be a number that is not negative, not {value!r}")
    if kind.choices and value not in kind.choices:
        raise ValueError(f"the value of {name!r} must be one of {', '.join(kind.choices)}, not {value!r}")
    return Fault(name, value or None)


def parse_directives(given: dict[str, Any]) -> list[Directive]:
    """All directives in the texts of an input, at its top level. One that is not understood raises ValueError:
    a misspelt directive that did nothing would let a test pass for the wrong reason."""
    found = []
    for text in given.values():
        if isinstance(text, str) and "[sim:" in text:
            for match in _DIRECTIVE.finditer(text):
                count = match["count"]
                found.append(Directive(parse_spec(match["spec"]), None if count is None else int(count)))
    return found


class FaultPlan:
    """The faults of a running simulator: rates, the next requests, and how often each has struck."""

    def __init__(self, rates: dict[str, float]) -> None:
        """`rates` maps a fault (`name` or `name=value`) to its probability between 0 and 1."""
        self.rates: dict[str, float] = dict(rates)
        self.next: dict[str, int] = {}
        self.struck: Counter[str] = Counter()

    def change(self, rates: dict[str, float], upcoming: dict[str, int]) -> None:
        """Set rates and numbers of next requests; zero removes a fault. Raises ValueError for an unknown one."""
        for spec in (*rates, *upcoming):
            parse_spec(spec)
        self.rates = {spec: rate for spec, rate in {**self.rates, **rates}.items() if rate > 0}
        self.next = {spec: count for spec, count in {**self.next, **upcoming}.items() if count > 0}

    def one(self, scope: Scope, asked: Iterable[Fault], dice: random.Random) -> Fault | None:
        """The one fault of `scope` that strikes now, if any: what the input asks for, else a counted one, else by chance."""
        found = next((fault for fault in asked if fault.scope is scope), None) or self._counted(scope)
        if found is None:
            threshold = dice.random()
            for spec, rate in self.rates.items():
                fault = parse_spec(spec)
                if fault.scope is not scope:
                    continue
                if threshold < rate:
                    found = fault
                    break
                threshold -= rate
        return self._note(found)

    def several(self, scope: Scope, asked: Iterable[Fault], dice: random.Random) -> list[Fault]:
        """All faults of `scope` that strike now; what can go together does, each by its own chance."""
        found = {fault.name: fault for fault in asked if fault.scope is scope}
        if counted := self._counted(scope):
            found.setdefault(counted.name, counted)
        for spec, rate in self.rates.items():
            fault = parse_spec(spec)
            # The dice roll for every fault, so that one more in the list does not change the fate of the others.
            if fault.scope is scope and dice.random() < rate:
                found.setdefault(fault.name, fault)
        for fault in found.values():
            self._note(fault)
        return list(found.values())

    def _counted(self, scope: Scope) -> Fault | None:
        for spec, count in self.next.items():
            fault = parse_spec(spec)
            if fault.scope is scope:
                if count > 1:
                    self.next[spec] = count - 1
                else:
                    del self.next[spec]
                return fault
        return None

    def _note(self, fault: Fault | None) -> Fault | None:
        if fault is not None:
            self.struck[fault.name] += 1
        return fault
