"""What the machine can do at all: no design of ours gets past it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

from bench.harness import Bench, Chart, Contestant, Measured, Question

_DATABASE = "limits"
_CLIENTS = (1, 8, 32)
_ROWS = 100_000
_SCHEMA: LiteralString = """
create table numbers (id integer primary key, value integer not null) with (fillfactor = 50);
insert into numbers select n, 0 from generate_series(1, 100000) as s (n);
create table inserted (id bigint generated always as identity primary key, value integer not null);
"""
_SCRIPTS = {
    "select of a row": f"\\set id random(1, {_ROWS})\nselect value from numbers where id = :id;",
    "update of a row": f"\\set id random(1, {_ROWS})\nupdate numbers set value = value + 1 where id = :id;",
    "update of the same row": "update numbers set value = value + 1 where id = 1;",
    "insert of a row": "insert into inserted (value) values (1);",
    # writes nothing but the record that is made durable
    "commit": "select pg_logical_emit_message(true, 'bench', '');",
}


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    bench.create(_DATABASE)
    with bench.connect(_DATABASE) as connection:
        connection.execute(_SCHEMA)
    bench.settle(_DATABASE)

    def contestant(name: str, script: str) -> Contestant:
        def measure() -> Measured:
            return {
                ("rate", "1 client" if clients == 1 else f"{clients} clients"): bench.pgbench(
                    _DATABASE, script, clients
                )
                for clients in _CLIENTS
            }

        return Contestant(name, measure)

    yield [contestant(name, script) for name, script in _SCRIPTS.items()]
    bench.drop(_DATABASE)


QUESTION = Question(
    title="The limits of the machine",
    asks="How many statements and commits a second does this machine carry, whatever they are for? By pgbench, prepared; a"
    " statement is a transaction.",
    charts=(Chart("rate", "Transactions a second", "per s", "higher"),),
    stages=_stages,
)
