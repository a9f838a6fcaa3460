"""Each attempt is counted once: committed late, counted by several at once, by one who fails, or on another server."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.support import Owner

_END = """
insert into basepool.attempts
  (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at
  , finished_at, prediction_id, predict_seconds)
select
  a.id, a.id, 1, t.id * 1000, t.id, t.account_id, 'succeeded', 'w', 'acme/painter', 0, basepool.now(), basepool.now()
  , basepool.now(), a.id::text, 2
from generate_series(1, %s) as s (n)
cross join lateral (select gen_random_uuid() as id, s.n) as a
cross join (select * from public.replicate_tokens limit 1) as t
"""

_COUNT = "select basepool._count_attempts()"

_COUNTED = """
select
  (select coalesce(sum(leases), 0)::integer from basepool.token_stats)
  , (select coalesce(sum(count), 0)::integer from basepool.usage_stats)
  , (select coalesce(sum(value), 0)::integer from basepool.counters where name = 'attempts')
"""


@pytest.fixture
def pool(owner: Owner) -> Owner:
    """A database with a token."""
    owner.rows("select basepool.add_token('r8_a_token_of_the_tests', 'sim-1', 'user')")
    return owner


def _counted(owner: Owner) -> int:
    """How many are in the sums, which agree."""
    [found] = owner.rows(_COUNTED)
    assert len(set(found)) == 1, found
    return int(found[0])


def test_what_is_committed_late_is_counted_then(pool: Owner, database_url: str) -> None:
    """However late: here after hours, and several counts that could not see it."""
    pool.rows(_END, 3)
    pool.rows(_COUNT)
    with psycopg.connect(database_url) as late:
        late.execute(_END, (2,))
        for hours in range(1, 5):
            pool.rows(
                "select set_config('basepool.frozen_now', (clock_timestamp() + %s * interval '1 hour')::text, false)",
                hours,
            )
            pool.rows(_END, 1)
            pool.rows(_COUNT)
        assert _counted(pool) == 7
    pool.rows(_COUNT)
    assert _counted(pool) == 9
    for _ in range(3):
        pool.rows(_COUNT)
    assert _counted(pool) == 9
    # and what is looked at follows the clock again
    assert pool.value("select basepool.now() - since < interval '10 minutes' from basepool.counted")


def test_who_counts_and_fails_has_counted_nothing(pool: Owner) -> None:
    pool.rows(_END, 3)
    for _ in range(2):
        pool.rows("begin")
        pool.rows(_COUNT)
        pool.rows(_END, 2)
        pool.rows(_COUNT)
        assert _counted(pool) == 5
        pool.rows("rollback")
        assert _counted(pool) == 0
    pool.rows("begin")
    pool.rows(_COUNT)
    pool.rows(_END, 2)
    pool.rows("commit")
    for _ in range(3):
        pool.rows(_COUNT)
        assert _counted(pool) == 5


def test_many_who_end_and_count_at_once_count_each_once(pool: Owner, database_url: str) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with psycopg.connect(database_url, autocommit=True) as connection:
                for turn in range(12):
                    with connection.transaction():
                        connection.execute(_END, (3,))
                        if (turn + number) % 3 == 0:
                            connection.execute("select basepool._count_attempts('0 seconds')")
                            connection.execute(_END, (1,))
                    connection.execute(_COUNT)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    pool.rows(_COUNT)
    assert _counted(pool) == pool.value("select count(*) from basepool.attempts") == 4 * (12 * 3 + 4)


def test_after_a_restore_elsewhere_nothing_is_counted_twice_and_nothing_is_missed(pool: Owner) -> None:
    """A dump has the numbers of transactions of another server, higher or lower than those here."""
    for xact in ("9000000000", "3"):
        before = _counted(pool)
        pool.rows(_END, 4)
        pool.rows(_COUNT)
        # as the dump has them: four that were counted, and two that were not
        pool.rows("update basepool.attempts set xact = %s", xact)
        later = str(int(xact) + 1)
        pool.rows("update basepool.counted set server = 1, snapshot = %s, counted_by = '0'", f"{later}:{later}:")
        pool.rows(_END, 2)
        pool.rows(
            "update basepool.attempts set xact = %s where id in"
            " (select id from basepool.attempts order by finished_at desc limit 2)",
            later,
        )
        # and what has ended here since
        pool.rows(_END, 1)
        for _ in range(3):
            pool.rows(_COUNT)
            assert _counted(pool) == before + 7
        pool.rows(_END, 1)
        pool.rows(_COUNT)
        assert _counted(pool) == before + 8
