"""Writes docs/reference.md from the catalog of a freshly migrated database: `python -m dev.reference`. What the database says
of itself (columns, comments, who may do what) is committed, so that a change of it is seen in review; a test compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import psycopg

from basepool.errors import BasepoolError
from dev import catalog
from dev.catalog import Catalog, Column, Function, Grant, Part, Table, lower_keywords
from dev.devserver import PROJECT

REFERENCE = PROJECT / "docs" / "reference.md"

_HEAD = """\
# Reference

Every function and table, as the database itself documents them. Made by `make reference`; do not edit.

What the comments do not repeat: what begins with `_` is for functions of the schema only. What `basepool_glue` may execute is
security definer, because that role reads no table. Every function pins its `search_path` and is revoked from PUBLIC.
"""

_GROUPS = {
    "app": "What the app calls, as the user (`authenticated`) or as its server (`service_role`).",
    "operator": "For whoever runs it: tokens, settings, what is going on. The owner calls them, or a `basepool` command.",
    "glue": "What workers and the webhook receiver call, as `basepool_glue`.",
    "internal": "For functions of basepool only: nobody else can call them.",
}
_OPERATORS_STAGES = {"operate", "page", "tokens"}
_STAGES = {file.stem: file.parent.name for file in (PROJECT / "db" / "functions").glob("*/*.sql")}


def describe(url: str) -> str:
    """The reference of the database at `url`, as Markdown."""
    with psycopg.connect(url) as connection:
        return _write(catalog.read(connection))


def _write(found: Catalog) -> str:
    groups = {group: [each for each in found.functions if _reader(found, each) == group] for group in _GROUPS}
    parts = [_HEAD, *_contents(found, groups), ""]
    for group, about in _GROUPS.items():
        parts += [f"## Functions: {group}\n", f"{about}\n", *(_function(found, each) for each in groups[group])]
    parts += ["## Tables\n", *(_table(found, table) for table in found.tables)]
    return "\n".join(parts)


def _reader(found: Catalog, function: Function) -> str:
    roles = set(_roles(found, function))
    if function.name.startswith("public."):
        return "app"
    # what only the app's roles may execute in a schema that is closed to them is for its functions, too
    if function.bare_name.startswith("_") or (roles and "basepool_glue" not in roles):
        return "internal"
    if not roles or _STAGES.get(function.bare_name) in _OPERATORS_STAGES:
        return "operator"
    return "glue"


def _roles(found: Catalog, function: Function) -> list[str]:
    return [role for grant in found.grants_on(f"function {function.signature}") for role in grant.roles]


# table of contents


def _contents(found: Catalog, groups: dict[str, list[Function]]) -> Iterator[str]:
    for group, functions in groups.items():
        lines = [f"{_link(each.name)} ({_stage(each)}): {_first_sentence(each.comment)}" for each in functions]
        yield _chapter(f"Functions: {group}", lines)
    yield _chapter("Tables", [f"{_link(each.name)}: {_first_sentence(each.comment)}" for each in found.tables])


def _chapter(heading: str, lines: list[str]) -> str:
    anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
    return "\n".join([f"- [{heading}](#{anchor})", *(f"  - {line}" for line in lines)])


def _link(name: str) -> str:
    """To the heading of this name, by the anchor that GitHub gives it."""
    return f"[`{name}`](#{re.sub(r'[^a-z0-9_-]', '', name.lower())})"


def _stage(function: Function) -> str:
    return _STAGES.get(function.bare_name, "in no file")


def _first_sentence(comment: str | None) -> str:
    """Up to the first full stop that ends a sentence."""
    text = " ".join((comment or "The app's own.").split())
    return _text(re.split(r"(?<=\.)\s(?=[A-Z]|p_)", text, maxsplit=1)[0])


def _text(comment: str) -> str:
    """A comment as Markdown: <version> is no HTML."""
    return comment.replace("<", "\\<")


# functions


def _function(found: Catalog, function: Function) -> str:
    security = "definer" if function.is_definer else "invoker"
    who = f"Security {security}; execute: {', '.join(_roles(found, function)) or 'the owner'}."
    return "\n".join([
        f"### `{function.name}`\n",
        f"```sql\n{lower_keywords(function.declaration)}\n```\n",
        f"{_text(function.comment or '')}\n",
        f"{who} {_source(function)}\n",
    ])  # fmt: skip


def _source(function: Function) -> str:
    path = f"db/functions/{_stage(function)}/{function.bare_name}.sql"
    return f"[{path}](../{path})" if function.bare_name in _STAGES else "It has no file."


# tables


def _table(found: Catalog, table: Table) -> str:
    return "\n".join([
        f"### `{table.name}`\n",
        *(["A view.\n"] if table.is_view else []),
        *([f"{_text(table.comment)}\n"] if table.comment else []),
        "| column | type | default | |",
        "|---|---|---|---|",
        *(_column(column) for column in found.columns_of(table.name)),
        "",
        *(_rule(part) for kind in ("constraint", "index") for part in found.parts_of(table.name, kind)),
        *(_trigger(part) for part in found.parts_of(table.name, "trigger")),
        *(_rule(part) for part in found.parts_of(table.name, "policy")),
        *(_grant(grant) for grant in found.grants_on(f"table {table.name}")),
        "",
    ])  # fmt: skip


def _column(column: Column) -> str:
    required = " not null" if column.is_required else ""
    default = lower_keywords(column.generated or column.default or "")
    cells = [f"`{column.name}`", column.type + required, default and f"`{default}`", _text(column.comment or "")]
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", "\\|") for cell in cells) + " |"


def _rule(part: Part) -> str:
    return f"- {part.kind} `{part.name}`: `{lower_keywords(part.definition)}`"


def _trigger(part: Part) -> str:
    """When it fires, on what, and what it calls."""
    when = (
        lower_keywords(part.definition).removeprefix(f"create trigger {part.name} ").partition(" execute function ")[0]
    )
    state = f", {part.state}d" if part.state else ""
    return f"- trigger `{part.name}`: `{when}` calls {_link(part.function or '')}{state}"


def _grant(grant: Grant) -> str:
    columns = f" of {', '.join(f'`{column}`' for column in grant.columns)}" if grant.columns else ""
    return f"- {', '.join(grant.roles)} may {', '.join(grant.privileges)}{columns}"


def main() -> None:
    """Write the file."""
    REFERENCE.write_text(_write(catalog.read_empty_database()), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BasepoolError as error:
        sys.exit(f"error {error.code}: {error.message}\n  hint: {error.hint}")
