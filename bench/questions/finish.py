"""Taking work and finishing it, beside queues that others have made."""

from __future__ import annotations

from collections.abc import Iterator

from bench.contest import Tasks, contestants
from bench.harness import Bench, Chart, Contestant, Question
from bench.install import Peer

_TASKS: Tasks = {
    "one by one, 8 clients": ("finish", 8, 1),
    "one by one, 32 clients": ("finish", 32, 1),
    "batches of 50, 8 clients": ("finish", 8, 50),
}


def _can(peer: Peer, batch: int) -> bool:
    return peer.finishes_singly if batch == 1 else peer.finishes_batches


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    yield contestants(bench, "rate", _TASKS, _can, with_floor=True)


QUESTION = Question(
    title="Claim and finish, beside peers",
    asks="How many jobs a second are taken and finished? Two commits each, or two for 50. A peer's job is a narrow row that"
    " does nothing; a generation is the app's wide row, gets a token within its limits and leaves its attempt's history.",
    charts=(Chart("rate", "Jobs taken and finished a second", "per s", "higher"),),
    stages=_stages,
)
