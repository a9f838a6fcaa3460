"""The product as the benchmarks drive it: through its public SQL functions, nothing else, and all of it in this file.

Functions that take sets are used where the database has them (`Sets`); where it has not, one statement calls the function for
a single item once per item. Here is what a change of their names or arguments has to touch.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, LiteralString, Self
from uuid import UUID

import asyncpg
import psycopg
import uvloop

from basepool.migrate import migrate
from bench.harness import Bench, Failed, value

TEMPLATE = "product"
MODEL = "acme/painter"
USERS = 10_000
OUTPUT = "https://replicate.delivery/xezq/a/out-0.webp"
_BUSY_SECONDS = 0.002
# plans are cached from the sixth call on
_WARM_UP = 8
_FIRST_WAITING = 1_000
_CLAIMS_PER_REFILL = 10

Lease = Mapping[str, Any]


def create(bench: Bench, database: str, *, tokens: int = 5, seats: int = 100, waiting: int = 0) -> str:
    """A database with the product in it, `tokens` tokens of an account each, and `waiting` generations. Limits are so high that
    none is met. Returns its URL."""
    _create_template(bench)
    url = bench.create(database, TEMPLATE)
    with bench.connect(database) as connection:
        for number in range(tokens):
            add_token(connection, f"r8_token_number_{number:04}", f"account-{number}", seats)
        if waiting:
            wait(connection, waiting)
    bench.settle(database)
    return url


def _create_template(bench: Bench) -> None:
    with bench.connect("postgres") as connection:
        if connection.execute("select from pg_catalog.pg_database where datname = %s", [TEMPLATE]).fetchone():
            return
    url = bench.create(TEMPLATE)
    migrate(url, echo=lambda *_: None)
    with bench.connect(TEMPLATE) as connection:
        # what keeping outputs costs is a question of its own: no peer keeps any
        connection.execute(
            "select basepool.configure("
            '\'{"user_active_limit": 1000000, "stuck_after": "30 days", "keep_outputs": false}\')'
        )
        connection.execute("alter role basepool_glue login")
        connection.execute(_TIMED)


def add_token(connection: psycopg.Connection[Any], token: str, account: str, seats: int, secret: str = "") -> None:
    """Add a token whose account has no limit worth the name."""
    connection.execute(
        "select l.* from basepool.add_token(%s, %s, 'user', nullif(%s, ''), %s) as t"
        " cross join lateral basepool.limit_token(t.token_id, null, null, 10000000, 1000000) as l",
        [token, account, secret, seats],
    )


def wait(connection: psycopg.Connection[Any], count: int) -> None:
    """Let `count` generations wait: the app's plain insert, which is the same door as a submit."""
    # statistics that know of some that wait, as a database that has been at work for a minute has them
    first = min(count, _FIRST_WAITING)
    _insert_waiting(connection, first)
    if count > first:
        connection.execute("analyze")
        _insert_waiting(connection, count - first)


def _insert_waiting(connection: psycopg.Connection[Any], count: int) -> None:
    connection.execute(
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, replicate_input)"
        " select md5('user ' || n %% %s)::uuid, 'create', 'm', 'M', %s, x.prompt"
        " , jsonb_build_object('prompt', x.prompt, 'seed', n)"
        " from generate_series(1, %s::integer) as s (n)"
        " cross join lateral (select 'a photo of a red fox, number ' || n) as x (prompt)",
        [USERS, MODEL, count],
    )


def expect(bench: Bench, database: str, status: str, count: int) -> None:
    """Raises Failed unless so many generations have that status: what was measured must have happened."""
    with bench.connect(database) as connection:
        found = value(connection, "select count(*) from public.generations where status = %s", status)
    if found != count:
        raise Failed(f"{found} instead of {count} generations are {status}")


def timed(name: LiteralString, claim: LiteralString) -> LiteralString:
    """A function that says how long the server takes for a claim: until its first row is there, when all has been done. What
    comes after is for the bench only."""
    return f"""
create function bench.{name}(p_max integer, out milliseconds double precision, out leases jsonb)
language plpgsql as $$
declare
  v_began timestamptz := clock_timestamp();
  v_cursor no scroll cursor for select * from {claim};
  v_row record;
begin
  open v_cursor;
  fetch v_cursor into v_row;
  milliseconds := extract(epoch from clock_timestamp() - v_began) * 1000;
  leases := '[]';
  while found loop
    leases := leases || jsonb_strip_nulls(to_jsonb(v_row));
    fetch v_cursor into v_row;
  end loop;
end
$$;
"""  # noqa: S608


_TIMED: LiteralString = """
create schema bench;
create function bench.timed_choice() returns double precision language plpgsql as $$
declare
  v_began timestamptz := clock_timestamp();
begin
  perform * from public.get_next_replicate_token();
  return extract(epoch from clock_timestamp() - v_began) * 1000;
end
$$;
""" + timed("timed_claim", "basepool.claim_generations('bench', p_max)")


def claim_time(bench: Bench, database: str, size: int, claims: int, client_type: type[Client] | None = None) -> float:
    """The server's milliseconds of a claim of `size`, the median of `claims` after some to warm up. What is claimed is
    finished, and as many wait again soon afterwards. Raises Failed."""

    async def measure(beside: psycopg.Connection[Any]) -> list[float]:
        times = []
        refilled = 0
        async with await (client_type or Client).connect(bench.url(database)) as client:
            for number in range(1, _WARM_UP + claims + 1):
                milliseconds, leases = await client.timed_claim(size)
                if len(leases) != size:
                    raise Failed(f"a claim of {size} found {len(leases)}")
                await client.apply(leases, "succeeded")
                times.append(milliseconds)
                if number % _CLAIMS_PER_REFILL == 0 or number == _WARM_UP + claims:
                    wait(beside, size * (number - refilled))
                    refilled = number
        return times

    with bench.connect(database) as connection:
        times: list[float] = uvloop.run(measure(connection))
    return statistics.median(times[_WARM_UP:])


def choice_time(bench: Bench, database: str, choices: int) -> float:
    """The same for the app's own choice of a token, which leaves no lease."""
    with bench.connect(database) as connection:
        times = [float(value(connection, "select bench.timed_choice()")) for _ in range(_WARM_UP + choices)]
    return statistics.median(times[_WARM_UP:])


@dataclass(frozen=True)
class Sets:
    """Which functions take sets."""

    submit: bool
    record: bool
    apply: bool

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> Sets:
        """What the database has."""
        names = ("public.submit_generations", "basepool.record_answers", "basepool.apply_predictions")
        query = "select to_regprocedure(coalesce($1, '') || '(jsonb)') is not null"
        return cls(*[bool(await connection.fetchval(query, name)) for name in names])


class Client:
    """One connection of a worker, or of the app."""

    claim_query: ClassVar[LiteralString] = "select * from basepool.claim_generations('bench', $1)"
    timed_query: ClassVar[LiteralString] = "select * from bench.timed_claim($1)"

    def __init__(self, connection: asyncpg.Connection, sets: Sets) -> None:
        self._connection = connection
        self._sets = sets
        self._submitted = 0

    @classmethod
    async def connect(cls, url: str) -> Self:
        """Use it with `async with`."""
        connection = await asyncpg.connect(url)
        return cls(connection, await Sets.of(connection))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def submit(self, count: int) -> None:
        """Submit for as many users, in one commit."""
        numbers = range(self._submitted, self._submitted + count)
        self._submitted += count
        # in one order: each locks its user's row until the commit
        users = [UUID(int=n) for n in sorted(random.randrange(1, USERS + 1) for _ in numbers)]
        inputs = [{"prompt": f"a photo of a red fox, number {n}", "seed": n} for n in numbers]
        if count > 1 and self._sets.submit:
            items = [
                {"user_id": str(user), "replicate_model": MODEL, "input": input, "action": "create"}
                for user, input in zip(users, inputs, strict=True)
            ]
            await self._call("public.submit_generations", items)
        elif count > 1:
            await self._connection.fetch(
                "select public.submit_generation($1, i.input, p_user_id => i.user_id)"
                " from unnest($2::jsonb[], $3::uuid[]) as i (input, user_id)",
                MODEL,
                [json.dumps(input) for input in inputs],
                users,
            )
        else:
            await self._connection.fetchval(
                "select public.submit_generation($1, $2::jsonb, p_user_id => $3)",
                MODEL,
                json.dumps(inputs[0]),
                users[0],
            )

    async def claim(self, count: int) -> list[Lease]:
        """Up to `count` leases; none when nothing waits. Busy is not nothing: it asks again."""
        while True:
            rows = await self._connection.fetch(self.claim_query, count)
            # no row: what it took was cancelled at that moment
            answer = rows[0]["answer"] if rows else "busy"
            if answer == "lease":
                return list(rows)
            if answer == "empty":
                return []
            if answer == "dead":
                raise Failed(rows[0]["reason"])
            await asyncio.sleep(_BUSY_SECONDS)

    async def timed_claim(self, count: int) -> tuple[float, list[Lease]]:
        """The server's milliseconds of a claim, and its leases."""
        row = await self._connection.fetchrow(self.timed_query, count)
        leases = [lease for lease in json.loads(row["leases"]) if lease["answer"] == "lease"]
        return float(row["milliseconds"]), leases

    async def record(self, leases: Sequence[Lease]) -> None:
        """Replicate has accepted them."""
        predictions = [prediction(lease, "starting") for lease in leases]
        if len(leases) > 1 and self._sets.record:
            items = [_item(lease, prediction=prediction) for lease, prediction in zip(leases, predictions, strict=True)]
            await self._call("basepool.record_answers", items)
        else:
            await self._connection.fetch(
                "select basepool.record_submitted(i.attempt, i.prediction)"
                " from unnest($1::uuid[], $2::jsonb[]) as i (attempt, prediction)",
                attempts(leases),
                [json.dumps(said) for said in predictions],
            )

    async def apply(
        self, leases: Sequence[Lease], status: str, *, by_webhook: bool = False, output: str = OUTPUT
    ) -> None:
        """Replicate says how they stand, and where what they made is: by webhook, or because it was asked."""
        source = "webhook" if by_webhook else "poll"
        predictions = [prediction(lease, status, output) for lease in leases]
        ids = [f"msg_{status}_{lease['attempt_id']}" if by_webhook else None for lease in leases]
        if len(leases) > 1 and self._sets.apply:
            items = [
                _item(lease, prediction=said, source=source, webhook_id=id)
                for lease, said, id in zip(leases, predictions, ids, strict=True)
            ]
            await self._call("basepool.apply_predictions", items)
        else:
            await self._connection.fetch(
                "select basepool.apply_prediction(i.attempt, i.prediction, $3, i.webhook_id)"
                " from unnest($1::uuid[], $2::jsonb[], $4::text[]) as i (attempt, prediction, webhook_id)",
                attempts(leases),
                [json.dumps(said) for said in predictions],
                source,
                ids,
            )

    async def _call(self, function: str, items: Sequence[Mapping[str, Any]]) -> None:
        """A function that takes a set. Raises Failed when it has an error for one of the items."""
        rows = await self._connection.fetch(f"select * from {function}($1::jsonb)", json.dumps(items))  # noqa: S608
        if errors := [row["error"] for row in rows if row["error"]]:
            raise Failed(f"{function}: {errors[0]}")


def attempts(leases: Sequence[Lease]) -> list[Any]:
    """Their ids."""
    return [lease["attempt_id"] for lease in leases]


def _item(lease: Lease, **more: Any) -> dict[str, Any]:
    """An item of a set: named as the arguments of the function for one, without p_."""
    return {"attempt": str(lease["attempt_id"]), **{name: value for name, value in more.items() if value is not None}}


def prediction(lease: Lease, status: str, output: str = OUTPUT) -> dict[str, Any]:
    """What Replicate would send about it."""
    said: dict[str, Any] = {
        "id": "p" + str(lease["attempt_id"]).replace("-", "")[:25],
        "model": MODEL,
        "version": "hidden",
        "status": status,
        "created_at": "2026-01-01T10:00:00Z",
        "urls": {"get": "https://api.replicate.com/v1/predictions/x"},
    }
    if status == "succeeded":
        said |= {
            "output": [output],
            "metrics": {"predict_time": 1.5},
        }
    return said


def webhook_path(lease: Lease) -> str:
    """Where Replicate announces what becomes of a lease, below PUBLIC_URL."""
    return f"/webhooks/replicate?attempt={lease['attempt_id']}"
