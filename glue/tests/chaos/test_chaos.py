"""The short version of `make chaos`."""

from __future__ import annotations

from tests.chaos.nursery import WORKER_BOUNDARIES
from tests.chaos.run import run


def test_after_crashes_at_every_step_nothing_is_lost_and_nothing_is_paid_twice() -> None:
    report = run(20261124, generations=250, lives=len(WORKER_BOUNDARIES), postgres_kills=2, tries=2)
    report.show()
    assert report.broken == []
    # which ones a life comes to is a matter of luck, that most are struck is not
    assert report.struck > len(WORKER_BOUNDARIES) / 2
