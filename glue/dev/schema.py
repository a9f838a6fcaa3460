"""Writes db/schema.sql, what an empty database gets: `python -m dev.schema`. It is committed, so that a review sees what a
change comes to in the end, rights and comments included; a test compares. Not pg_dump, whose output differs by version."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import psycopg

from basepool.errors import BasepoolError
from dev import catalog
from dev.catalog import Catalog, Column, Enum, Function, Grant, Part, Schema, Sequence, Table
from dev.devserver import PROJECT

SCHEMA = PROJECT / "db" / "schema.sql"

_NOTHING = '""'
_HEAD = """\
-- What an empty database gets, to be read and compared, not to be run: made by `make schema`, never edited. Functions and
-- views have no bodies here; those are in db/. Every right that somebody other than the owner has is written out, also those
-- that PUBLIC has by default: where no grant is shown there is none.
"""


def describe(connection: psycopg.Connection) -> str:
    """The schemas basepool and public of a database as SQL, the same on every version of Postgres."""
    return _write(catalog.read(connection))


def _write(found: Catalog) -> str:
    blocks = [
        *(_schema(found, schema) for schema in found.schemas),
        *(_enum(found, enum) for enum in found.enums),
        *(_sequence(found, sequence) for sequence in found.sequences),
        *(_table(found, table) for table in found.tables),
        *(_function(found, function) for function in found.functions),
    ]
    return _HEAD + "".join("\n" + catalog.lower_keywords("\n".join(block)) + "\n" for block in blocks)


def _schema(found: Catalog, schema: Schema) -> Iterator[str]:
    yield f"create schema {schema.name};"
    yield from _comment(f"schema {schema.name}", schema.comment)
    yield from _grants(found.grants_on(f"schema {schema.name}"))


def _enum(found: Catalog, enum: Enum) -> Iterator[str]:
    yield f"create type {enum.name} as enum ({', '.join(_quoted(label) for label in enum.labels)});"
    yield from _comment(f"type {enum.name}", enum.comment)
    yield from _grants(found.grants_on(f"type {enum.name}"))


def _sequence(found: Catalog, sequence: Sequence) -> Iterator[str]:
    yield f"create sequence {sequence.name} {sequence.options} owned by {sequence.owned_by or 'none'};"
    yield from _comment(f"sequence {sequence.name}", sequence.comment)
    yield from _grants(found.grants_on(f"sequence {sequence.name}"))


def _table(found: Catalog, table: Table) -> Iterator[str]:
    columns = found.columns_of(table.name)
    constraints = found.parts_of(table.name, "constraint")
    lines = [*(_column(column) for column in columns), *(f"constraint {c.name} {c.definition}" for c in constraints)]
    kind = "view" if table.is_view else "table"
    yield f"create {'unlogged ' if table.is_unlogged else ''}{kind} {table.name} ("
    yield catalog.listed(lines)
    yield f") with ({', '.join(table.options)});" if table.options else ");"
    yield from _comment(f"{kind} {table.name}", table.comment)
    for column in columns:
        yield from (f"alter table {table.name} alter column {column.name} {setting};" for setting in column.settings)
        yield from _comment(f"column {table.name}.{column.name}", column.comment)
    for constraint in constraints:
        yield from _comment(f"constraint {constraint.name} on {table.name}", constraint.comment)
    if table.replica_identity:
        yield f"alter table {table.name} replica identity {table.replica_identity};"
    yield from _indexes(table, found.parts_of(table.name, "index"))
    yield from _triggers(table, found.parts_of(table.name, "trigger"))
    yield from _policies(table, found.parts_of(table.name, "policy"))
    yield from _grants(found.grants_on(f"table {table.name}"))


def _column(column: Column) -> str:
    words = [column.name, column.type, column.generated, column.default and f"default {column.default}"]
    return " ".join(word for word in (*words, column.is_required and "not null") if word)


def _indexes(table: Table, indexes: list[Part]) -> Iterator[str]:
    for index in indexes:
        yield f"{index.definition};"
        yield from _comment(f"index {table.schema}.{index.name}", index.comment)


def _triggers(table: Table, triggers: list[Part]) -> Iterator[str]:
    for trigger in triggers:
        yield f"{trigger.definition};"
        if trigger.state:
            yield f"alter table {table.name} {trigger.state} trigger {trigger.name};"
        yield from _comment(f"trigger {trigger.name} on {table.name}", trigger.comment)


def _policies(table: Table, policies: list[Part]) -> Iterator[str]:
    if table.has_row_level_security:
        yield f"alter table {table.name} enable row level security;"
    if table.forces_row_level_security:
        yield f"alter table {table.name} force row level security;"
    for policy in policies:
        yield f"create policy {policy.name} on {table.name} {policy.definition};"
        yield from _comment(f"policy {policy.name} on {table.name}", policy.comment)


def _function(found: Catalog, function: Function) -> Iterator[str]:
    yield f"create function {function.declaration}"
    security = ["security definer"] if function.is_definer else []
    settings = [_setting(*setting.split("=", 1)) for setting in function.settings]
    yield " ".join(["language", function.language, *function.traits, *security, *settings]) + ";"
    yield from _comment(f"function {function.signature}", function.comment)
    yield from _grants(found.grants_on(f"function {function.signature}"))


def _setting(name: str, value: str) -> str:
    # the catalog has an empty search_path as one empty identifier
    return f"set {name} = {_quoted(value.removeprefix(_NOTHING))}"


def _comment(target: str, text: str | None) -> Iterator[str]:
    if text is not None:
        yield f"comment on {target} is"
        yield f"{_quoted(text)};"


def _grants(grants: Iterable[Grant]) -> Iterator[str]:
    for grant in grants:
        columns = f" ({', '.join(grant.columns)})" if grant.columns else ""
        ending = " with grant option" if grant.is_grantable else ""
        privileges = ", ".join(privilege + columns for privilege in grant.privileges)
        yield f"grant {privileges} on {grant.target} to {', '.join(grant.roles)}{ending};"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def main() -> None:
    """Write the file."""
    SCHEMA.write_text(_write(catalog.read_empty_database()), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BasepoolError as error:
        sys.exit(f"error {error.code}: {error.message}\n  hint: {error.hint}")
