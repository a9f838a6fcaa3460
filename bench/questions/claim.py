"""What a claim costs the server, beside the naive token function on the same number of tokens."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import LiteralString

from bench import bare, product
from bench.bare import BareClient
from bench.harness import Bench, Chart, Contestant, Measured, Question, value
from bench.product import Client

_WAITING = 3_000
_BATCH = 50
_POOLS = ((5, 100), (50, 100), (50, 1000))
_TOKENS = (5, 50)
_WARM_UP = 8
# what most people write first, and the platform had: the least recently used token that nobody holds at this moment
_NAIVE: LiteralString = """
create table tokens (
  id integer primary key, token text not null, is_active boolean not null, last_used_at timestamptz, request_count integer
);
insert into tokens select n, 'r8_token_number_' || n, true, null, 0 from generate_series(1, {tokens}) as s (n);
create function next_token() returns table (id integer, token text) language plpgsql as $$
begin
  return query
    update tokens as t set last_used_at = clock_timestamp(), request_count = t.request_count + 1
    where t.id = (
      select u.id from tokens as u where u.is_active order by u.last_used_at nulls first limit 1 for update skip locked
    )
    returning t.id, t.token;
end
$$;
create function timed_token() returns double precision language plpgsql as $$
declare
  v_began timestamptz := clock_timestamp();
begin
  perform * from next_token();
  return extract(epoch from clock_timestamp() - v_began) * 1000;
end
$$;
"""


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    for tokens in _TOKENS:
        _create_naive(bench, tokens)
    for tokens, seats in _POOLS:
        product.create(bench, _pool(tokens, seats), tokens=tokens, seats=seats, waiting=_WAITING)
        with bench.connect(_pool(tokens, seats)) as connection:
            bare.prepare(connection)

    def measure_naive() -> Measured:
        return {("one", f"{tokens} tokens"): _naive_time(bench, f"naive_{tokens}") for tokens in _TOKENS}

    def measure_choice() -> Measured:
        return {
            ("one", f"{tokens} tokens"): product.choice_time(bench, _pool(tokens, 100), bench.sizes.claims)
            for tokens in _TOKENS
        }

    def measure_claims(client: type[Client]) -> Measured:
        measured: Measured = {}
        for tokens in _TOKENS:
            milliseconds = product.claim_time(bench, _pool(tokens, 100), 1, bench.sizes.claims, client)
            measured["one", f"{tokens} tokens"] = milliseconds
        for tokens, seats in _POOLS:
            milliseconds = product.claim_time(bench, _pool(tokens, seats), _BATCH, bench.sizes.claims // 2, client)
            measured["batch", f"{tokens} tokens × {seats}"] = milliseconds / _BATCH * 1000
        return measured

    yield [
        Contestant("naive function", measure_naive),
        Contestant("get_next_replicate_token", measure_choice),
        Contestant("the same rows, bare", lambda: measure_claims(BareClient)),
        Contestant("basepool", lambda: measure_claims(Client)),
    ]
    bench.drop(*(f"naive_{tokens}" for tokens in _TOKENS), *(_pool(tokens, seats) for tokens, seats in _POOLS))


def _pool(tokens: int, seats: int) -> str:
    return f"claim_{tokens}_{seats}"


def _create_naive(bench: Bench, tokens: int) -> None:
    bench.create(f"naive_{tokens}")
    with bench.connect(f"naive_{tokens}") as connection:
        connection.execute(_NAIVE.replace("{tokens}", str(tokens)).encode())
    bench.settle(f"naive_{tokens}")


def _naive_time(bench: Bench, database: str) -> float:
    with bench.connect(database) as connection:
        times = [float(value(connection, "select timed_token()")) for _ in range(_WARM_UP + bench.sizes.claims)]
    return statistics.median(times[_WARM_UP:])


QUESTION = Question(
    title="What a claim costs the server",
    asks="How long does the server need for a claim, without the network and without the commit? The naive function only moves"
    " a token's time on: no queue, no limit, no lease; and under load it finds nothing while tokens are free. The same rows,"
    " bare: what a claim writes, without the decisions.",
    charts=(
        Chart("one", "A claim of one, 100 seats a token", "ms", "lower"),
        Chart("batch", "A claim of 50, per lease", "µs", "lower"),
    ),
    stages=_stages,
)
