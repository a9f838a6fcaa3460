"""Submitting, beside queues that others have made."""

from __future__ import annotations

from collections.abc import Iterator

from bench.contest import Tasks, contestants
from bench.harness import Bench, Chart, Contestant, Question
from bench.install import Peer

_TASKS: Tasks = {
    "one by one, 8 clients": ("submit", 8, 1),
    "sets of 50, 8 clients": ("submit", 8, 50),
}


def _can(peer: Peer, batch: int) -> bool:
    return batch == 1 or peer.submits_batches


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    # how it ends a message makes no difference here
    yield [one for one in contestants(bench, "rate", _TASKS, _can) if one.name != "pgmq, delete"]


QUESTION = Question(
    title="Submit, beside peers",
    asks="How many jobs a second are accepted? A submit of ours counts what the user has active, under a lock, and tags the"
    " generation for its fair turn.",
    charts=(Chart("rate", "Jobs submitted a second", "per s", "higher"),),
    stages=_stages,
)
