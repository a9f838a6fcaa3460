"""What a process measures of itself, and the exposition of what the database counts. Nothing here is registered globally: what
a library counts of its own accord is nobody's concern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, Metric, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

# a series more for each, which nobody asks for
disable_created_metrics()  # type: ignore[no-untyped-call]
_own = CollectorRegistry(auto_describe=True)
_requests = Histogram(
    "basepool_process_replicate_request_seconds",
    "How long calls to Replicate took in this process, by call and class of the answer's status.",
    ["call", "status_class"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60),
    registry=_own,
)


def observe_request(call: str, status: int | None, seconds: float) -> None:
    """A call to Replicate is over. `status`: of its answer; None: there was none."""
    _requests.labels(call, f"{status // 100}xx" if status else "none").observe(seconds)


def expose(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The samples of basepool.get_metrics() and those of this process, as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(rows))
    return generate_latest(registry) + generate_latest(_own)


class _Counted(Collector):
    """Rows of the database as families."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for row in self._rows:
            name = _family(row["name"], row["kind"])
            if name not in families:
                families[name] = Metric(name, row["help"], row["kind"])
            families[name].add_sample(row["name"], row["labels"], row["value"])
        yield from families.values()

    def describe(self) -> Iterable[Metric]:
        return []


def _family(name: str, kind: str) -> str:
    """The name of the family that a sample belongs to."""
    return re.sub({"counter": "_total$", "histogram": "_(bucket|count|sum)$"}.get(kind, "$^"), "", name)
