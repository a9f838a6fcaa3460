"""Stands in for the worker of Supabase's pg_net: takes what is queued, does it over HTTP, and writes down what was answered, or
that its time was over, as the real one does (github.com/supabase/pg_net, 0.20)."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Self

import httpx
import psycopg

from dev.devserver import PROJECT

SCHEMA = (PROJECT / "db" / "tests" / "net.psql").read_text()


class PgNet:
    """A thread with a connection of its own; `time_limit` shortens what requests ask for, so that tests need not wait."""

    def __init__(self, url: str, time_limit: float | None = None) -> None:
        self._url = url
        self._time_limit = time_limit
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pg_net", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection, httpx.Client(trust_env=False) as client:
            while not self._stopping.is_set():
                taken = connection.execute(
                    "delete from net.http_request_queue returning id, method, url, headers, body, timeout_milliseconds"
                ).fetchall()
                for id, *request in taken:
                    answer = self._do(client, *request)
                    connection.execute(
                        "insert into net._http_response (id, status_code, content_type, content, timed_out, error_msg)"
                        " values (%s, %s, %s, %s, %s, %s)",
                        (id, *answer),
                    )
                if not taken:
                    time.sleep(0.02)

    def _do(
        self, client: httpx.Client, method: str, url: str, headers: dict[str, str], body: bytes, timeout: int
    ) -> tuple[Any, ...]:
        seconds = timeout / 1000 if self._time_limit is None else self._time_limit
        try:
            answer = client.request(method, url, headers=headers, content=body, timeout=seconds)
        except httpx.TimeoutException:
            return None, None, None, True, f"Timeout of {timeout} ms reached. Total time: {timeout}.1 ms"
        except httpx.HTTPError:
            return None, None, None, False, "Couldn't connect to server"
        return answer.status_code, answer.headers.get("content-type"), answer.text, False, None
