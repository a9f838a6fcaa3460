"""The short version of `make chaos`."""

from __future__ import annotations

from glue.tests import chaos


def test_after_crashes_at_every_step_nothing_is_lost_and_nothing_is_paid_twice() -> None:
    report = chaos.run(20261124, generations=200, lives=len(chaos.WORKER_BOUNDARIES), postgres_kills=2)
    report.show()
    assert report.broken == []
