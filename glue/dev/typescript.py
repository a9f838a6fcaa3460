"""Writes examples/supabase-js/database.ts from the catalog of a freshly migrated database: `python -m dev.typescript`. The
types of what users see and of what the app calls, in the form that supabase-js takes. A test compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import psycopg

from basepool.errors import BasepoolError
from dev import catalog
from dev.catalog import Catalog, Column, Function
from dev.devserver import PROJECT

DATABASE = PROJECT / "examples" / "supabase-js" / "database.ts"

_USERS = "authenticated"
_TYPES = {
    "boolean": "boolean",
    "smallint": "number",
    "integer": "number",
    "bigint": "number",
    "real": "number",
    "double precision": "number",
    "numeric": "number",
    "json": "Json",
    "jsonb": "Json",
}
"""What PostgREST answers with as something else than a string."""

_WITH_GAPS = {"output_thumbs"}
"""Lists in which a member may be null."""

_ONE_OF = re.compile(r"CHECK \(\((\w+) = ANY \(ARRAY\[(.+)\]\)\)\)")
_ARGUMENT = re.compile(r"(?P<name>\w+) (?P<type>.+?)(?: default (?P<default>.+))?", re.I | re.S)
_HEAD = """\
// Types of what users see and call, for createClient<Database>(): made by `make reference`, never edited.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
"""
_EMPTY = "{ [_ in never]: never }"


def describe(url: str) -> str:
    """The types of the database at `url`, as TypeScript."""
    with psycopg.connect(url) as connection:
        return _write(catalog.read(connection))


def _write(found: Catalog) -> str:
    lines = [
        "    Tables: {",
        *(line for table in found.tables if table.schema == "public" for line in _table(found, table.name)),
        "    };",
        f"    Views: {_EMPTY};",
        "    Functions: {",
        *(line for function in found.functions if function.schema == "public" for line in _function(function)),
        "    };",
        f"    Enums: {_EMPTY};",
        f"    CompositeTypes: {_EMPTY};",
        "  };",
        "};",
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _table(found: Catalog, name: str) -> Iterator[str]:
    """A table that users may read; what they may write of it is the rest of the grants."""
    columns = found.columns_of(name)
    if not _granted(found, name, "select"):
        return
    values = dict(_values(found, name))
    yield f"      {name.removeprefix('public.')}: {{"
    yield "        Row: {"
    for column in columns:
        yield f"          {column.name}: {_column_type(column, values)};"
    yield "        };"
    for kind in ("Insert", "Update"):
        may = _granted(found, name, kind.lower())
        yield f"        {kind}: {{"
        for column in columns:
            if column.name in may:
                needed = kind == "Insert" and column.is_required and column.default is None
                yield f"          {column.name}{'' if needed else '?'}: {_column_type(column, values)};"
        yield "        };"
    yield "        Relationships: [];"
    yield "      };"


def _granted(found: Catalog, table: str, privilege: str) -> set[str]:
    """The columns of which users may do that."""
    names = {column.name for column in found.columns_of(table)}
    may: set[str] = set()
    for grant in found.grants_on(f"table {table}"):
        if privilege in grant.privileges and _USERS in grant.roles:
            may |= set(grant.columns) or names
    return may


def _values(found: Catalog, table: str) -> Iterator[tuple[str, str]]:
    """Columns that a check limits to a list of texts."""
    for part in found.parts_of(table, "constraint"):
        if match := _ONE_OF.fullmatch(part.definition):
            yield match[1], " | ".join(f'"{value}"' for value in re.findall(r"'([^']*)'::text", match[2]))


def _column_type(column: Column, values: dict[str, str]) -> str:
    kind = "(string | null)[]" if column.name in _WITH_GAPS else values.get(column.name, _type(column.type))
    return kind + ("" if column.is_required else " | null")


def _type(name: str) -> str:
    if name.endswith("[]"):
        return f"{_type(name.removesuffix('[]'))}[]"
    return _TYPES.get(name.partition("(")[0], "string")


def _function(function: Function) -> Iterator[str]:
    yield f"      {function.bare_name}: {{"
    if function.arguments:
        yield "        Args: {"
        for argument in function.arguments:
            match = _ARGUMENT.fullmatch(argument)
            assert match, argument
            yield f"          {match['name']}{'?' if match['default'] else ''}: {_argument_type(match)};"
        yield "        };"
    else:
        yield "        Args: Record<PropertyKey, never>;"
    if function.columns:
        yield "        Returns: {"
        for column in function.columns:
            name, _, kind = column.partition(" ")
            yield f"          {name}: {_type(kind)};"
        yield "        }[];"
    else:
        yield f"        Returns: {_type(function.result)};"
    yield "      };"


def _argument_type(match: re.Match[str]) -> str:
    """One that is null if it is left out may be null."""
    return _type(match["type"]) + (" | null" if (match["default"] or "").lower().startswith("null") else "")


def main() -> None:
    """Write the file."""
    DATABASE.write_text(_write(catalog.read_empty_database()), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BasepoolError as error:
        sys.exit(f"error {error.code}: {error.message}\n  hint: {error.hint}")
