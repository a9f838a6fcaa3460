"""Writes docs/reference.md from the catalog of a freshly migrated database: `python -m dev.reference`. What the database says
of itself (columns, comments, who may do what) is committed, so that a change of it is seen in review; a test compares."""

from __future__ import annotations

import sys
from typing import Any, LiteralString

import psycopg

from basepool.errors import BasepoolError
from basepool.migrate import migrate
from dev import devserver
from dev.devserver import PROJECT

REFERENCE = PROJECT / "docs" / "reference.md"

_HEAD = """\
# Reference

Every function and table, as the database itself documents them. Made by `make reference`; do not edit.
"""

_FUNCTIONS: LiteralString = """
select
  p.pronamespace::regnamespace::text,
  p.proname,
  pg_get_function_arguments(p.oid),
  pg_get_function_result(p.oid),
  p.prosecdef,
  coalesce(
    (
      select string_agg(r.rolname, ', ' order by r.rolname)
      from aclexplode(p.proacl) as a inner join pg_roles as r on r.oid = a.grantee
      where r.oid <> p.proowner
    ),
    ''
  ),
  obj_description(p.oid, 'pg_proc')
from pg_proc as p
where
  p.pronamespace::regnamespace::text in ('basepool', 'public')
  and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
order by p.pronamespace::regnamespace::text = 'basepool', p.proname like '\\_%', p.proname
"""

_COLUMNS: LiteralString = """
select
  c.relnamespace::regnamespace::text,
  c.relname,
  obj_description(c.oid, 'pg_class'),
  a.attname,
  format_type(a.atttypid, a.atttypmod),
  a.attnotnull,
  pg_get_expr(d.adbin, d.adrelid),
  col_description(c.oid, a.attnum)
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('basepool', 'public')
order by c.relnamespace::regnamespace::text = 'basepool', c.relname, a.attnum
"""

_RULES: LiteralString = """
select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
from pg_constraint as c
where c.connamespace::regnamespace::text in ('basepool', 'public') and c.contype in ('c', 'f', 'u', 'p')
union all
select i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
from pg_index as i
inner join pg_class as t on t.oid = i.indrelid and t.relnamespace::regnamespace::text in ('basepool', 'public')
where not exists (select from pg_constraint as c where c.conindid = i.indexrelid and c.contype in ('u', 'p'))
union all
select format('%I.%I', p.schemaname, p.tablename), p.policyname
  , concat_ws(' ', p.permissive, p.cmd, 'to', array_to_string(p.roles, ', '), 'using ' || p.qual, 'check ' || p.with_check)
from pg_policies as p where p.schemaname in ('basepool', 'public')
union all
select c.oid::regclass::text, r.rolname, string_agg(lower(a.privilege_type), ', ' order by a.privilege_type)
from pg_class as c cross join aclexplode(c.relacl) as a inner join pg_roles as r on r.oid = a.grantee
where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('basepool', 'public') and a.grantee <> c.relowner
group by c.oid, r.rolname
union all
select c.oid::regclass::text, r.rolname, lower(a.privilege_type) || ' of ' || string_agg(t.attname, ', ' order by t.attnum)
from pg_attribute as t
inner join pg_class as c on c.oid = t.attrelid and c.relnamespace::regnamespace::text in ('basepool', 'public')
cross join aclexplode(t.attacl) as a inner join pg_roles as r on r.oid = a.grantee
where c.relkind = 'r'
group by c.oid, r.rolname, a.privilege_type
order by 1, 2, 3
"""


def describe(url: str) -> str:
    """The reference of the database at `url`, as Markdown."""
    with psycopg.connect(url) as connection:
        # names are written with their schema
        connection.execute("set search_path = ''")
        functions = connection.execute(_FUNCTIONS).fetchall()
        columns = connection.execute(_COLUMNS).fetchall()
        rules = connection.execute(_RULES).fetchall()
    parts = [_HEAD, "## Functions\n", "Those that begin with `_` are for functions of the schema only.\n"]
    parts += [_function(*row) for row in functions]
    parts.append("## Tables\n")
    for name in dict.fromkeys((row[0], row[1]) for row in columns):
        own = [row for row in columns if (row[0], row[1]) == name]
        parts.append(_table(".".join(name), own, [row[1:] for row in rules if row[0] == ".".join(name)]))
    return "\n".join(parts)


def _function(
    schema: str, name: str, arguments: str, result: str, is_definer: bool, roles: str, comment: str | None
) -> str:
    who = f"Security {'definer' if is_definer else 'invoker'}; execute: {roles or 'the owner'}."
    return (
        f"### `{schema}.{name}`\n\n```sql\n{schema}.{name}({arguments})\nreturns {result}\n```\n\n{comment}\n\n{who}\n"
    )


def _table(name: str, columns: list[tuple[Any, ...]], rules: list[tuple[Any, ...]]) -> str:
    lines = [f"### `{name}`\n"]
    if columns[0][2]:
        lines.append(f"{columns[0][2]}\n")
    lines += ["| column | type | default | |", "|---|---|---|---|"]
    for *_, column, kind, is_required, default, comment in columns:
        required = " not null" if is_required else ""
        text = (comment or "").replace("\n", " ").replace("|", "\\|")
        shown = f"`{default}`".replace("|", "\\|") if default else ""
        lines.append(f"| `{column}` | {kind}{required} | {shown} | {text} |")
    lines.append("")
    lines += [f"- `{rule}`: {definition}" for rule, definition in rules]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file."""
    with devserver.start() as server:
        url = server.create_database("reference")
        migrate(url, echo=lambda *_: None)
        REFERENCE.write_text(describe(url))


if __name__ == "__main__":
    try:
        main()
    except BasepoolError as error:
        sys.exit(f"error {error.code}: {error.message}\n  hint: {error.hint}")
