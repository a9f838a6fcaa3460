"""An idle worker is woken by a submit, whenever that comes."""

from __future__ import annotations

from basepool.simulator import SimulatorServer
from tests.support import Owner, eventually, running

_LISTENS = "select count(*) from pg_stat_activity where datname = current_database() and query like 'listen %%'"
_CLAIMS = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"


def _creates(replicate: SimulatorServer) -> int:
    return int(replicate.stats(predictions=False)["totals"]["creates"])


def test_a_submit_is_heard_without_polling(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    with running("work", **glue_environment | {"WORKER_POLL_SECONDS": "60"}):
        eventually(lambda: owner.value("select is_wanted from basepool.wake_up"), "that the worker sleeps")
        eventually(lambda: owner.value(_LISTENS) == 1, "that the worker listens")
        for number in range(5):
            owner.submit(number)
            eventually(lambda: _creates(replicate) == number + 1, "its create", seconds=30)  # noqa: B023


def test_a_submit_that_comes_while_a_claim_finds_nothing_is_not_left_lying(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """It is too late to be found, and too early to be notified: the claim that found nothing is not committed yet."""
    owner.rows(
        "create function public.slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(4); return null; end $$"
    )
    with running("work", **glue_environment | {"WORKER_POLL_SECONDS": "60"}):
        eventually(lambda: owner.value(_LISTENS) == 1, "that the worker listens")
        owner.submit(0)
        eventually(lambda: _creates(replicate) == 1, "the first create")
        eventually(lambda: owner.value("select is_wanted from basepool.wake_up"), "that the worker sleeps")
        # there before the next line: from then on a claim may find nothing at any time
        owner.rows(
            "create trigger slow after update on basepool.wake_up for each row when (new.is_wanted)"
            " execute function public.slow()"
        )
        # as after another worker's claim that found something
        owner.rows("update basepool.wake_up set is_wanted = false")
        owner.rows("notify basepool_queue")
        eventually(lambda: owner.value(_CLAIMS) == 1, "a claim that has found nothing")
        owner.submit(1)
        eventually(lambda: _creates(replicate) == 2, "its create", seconds=50)
