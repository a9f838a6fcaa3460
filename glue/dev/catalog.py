"""What a database says of its schemas basepool and public, read from the system catalog: the one source of `db/schema.sql` and
`docs/reference.md`. In the words of Postgres, which are the same from 15 to 18, and in an order that no locale changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import LiteralString, TypeVar

import psycopg
from psycopg.rows import class_row, scalar_row

from basepool.errors import SetupError
from basepool.migrate import migrate
from dev import devserver

T = TypeVar("T")
_WIDTH = 100
_QUOTED_OR_NOT = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")


@dataclass(frozen=True)
class Schema:
    """A schema."""

    name: str
    comment: str | None


@dataclass(frozen=True)
class Enum:
    """An enumerated type."""

    name: str
    labels: list[str]
    comment: str | None


@dataclass(frozen=True)
class Sequence:
    """A sequence that is not behind an identity column."""

    name: str
    options: str
    owned_by: str | None
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A table or a view; its columns and parts are listed apart."""

    schema: str
    name: str
    """With its schema."""
    is_view: bool
    is_unlogged: bool
    options: list[str]
    has_row_level_security: bool
    forces_row_level_security: bool
    replica_identity: str | None
    comment: str | None


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    table: str
    name: str
    type: str
    is_required: bool
    generated: str | None
    """generated always as ..., for an identity column too."""
    default: str | None
    settings: list[str]
    """Clauses of `alter column`, where they differ from what the type has."""
    comment: str | None


@dataclass(frozen=True)
class Part:
    """A constraint, an index, a trigger or a policy of a table."""

    table: str
    kind: str
    name: str
    definition: str
    state: str | None
    """Of a trigger that is not simply enabled."""
    function: str | None
    """What a trigger calls."""
    comment: str | None


@dataclass(frozen=True)
class Function:
    """A function, without its body."""

    schema: str
    bare_name: str
    name: str
    """With its schema."""
    signature: str
    arguments: list[str]
    columns: list[str]
    """Of `returns table`."""
    result: str
    language: str
    traits: list[str]
    """Volatility, and what differs from a function of which nothing is said."""
    is_definer: bool
    settings: list[str]
    comment: str | None

    @property
    def declaration(self) -> str:
        """Name, arguments and result, as `create function` has them; one a line where they are long."""
        arguments, columns = (", ".join(lines) for lines in (self.arguments, self.columns))
        if len(self.name + arguments) > _WIDTH:
            arguments = f"\n{listed(self.arguments)}\n"
        if len(columns) > _WIDTH:
            columns = f"\n{listed(self.columns)}\n"
        return f"{self.name}({arguments})\nreturns {f'table ({columns})' if columns else self.result}"


@dataclass(frozen=True)
class Grant:
    """A right of somebody who is not the owner. What PUBLIC may by default is one too."""

    target: str
    """What it is on: schema, table, sequence, type or function, and its name."""
    columns: list[str]
    privileges: list[str]
    is_grantable: bool
    roles: list[str]


@dataclass(frozen=True)
class Catalog:
    """Everything, in the order in which it is shown."""

    schemas: list[Schema]
    enums: list[Enum]
    sequences: list[Sequence]
    tables: list[Table]
    columns: list[Column]
    parts: list[Part]
    functions: list[Function]
    grants: list[Grant]

    def parts_of(self, table: str, kind: str) -> list[Part]:
        """The constraints, indexes, triggers or policies of a table."""
        return [part for part in self.parts if (part.table, part.kind) == (table, kind)]

    def columns_of(self, table: str) -> list[Column]:
        """The columns of a table."""
        return [column for column in self.columns if column.table == table]

    def grants_on(self, target: str) -> list[Grant]:
        """Who may do what with it."""
        return [grant for grant in self.grants if grant.target == target]


# names are written with their schema, constants in one way
_SETTINGS: LiteralString = """
set local search_path = '';
set local quote_all_identifiers = off;
set local intervalstyle = 'postgres';
set local datestyle = 'ISO';
set local timezone = 'UTC';
"""

_SCHEMAS: LiteralString = """
select quote_ident(n.nspname) as name, obj_description(n.oid, 'pg_namespace') as comment
from pg_namespace as n
where n.nspname in ('basepool', 'public')
order by n.nspname collate "C" desc
"""

_ENUMS: LiteralString = """
select
  t.oid::regtype::text as name,
  (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum as e where e.enumtypid = t.oid) as labels,
  obj_description(t.oid, 'pg_type') as comment
from pg_type as t
inner join pg_namespace as n on n.oid = t.typnamespace and n.nspname in ('basepool', 'public')
where t.typtype = 'e' and not exists (select from pg_depend as d where d.objid = t.oid and d.deptype = 'e')
order by t.oid::regtype::text collate "C"
"""

_SEQUENCES: LiteralString = """
select
  c.oid::regclass::text as name,
  format(
    'as %s increment by %s minvalue %s maxvalue %s start with %s cache %s', format_type(s.seqtypid, null), s.seqincrement
    , s.seqmin, s.seqmax, s.seqstart, s.seqcache
  ) || case when s.seqcycle then ' cycle' else '' end as options,
  (
    select format('%s.%I', d.refobjid::regclass, a.attname)
    from pg_depend as d inner join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'a'
  ) as owned_by,
  obj_description(c.oid, 'pg_class') as comment
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace and n.nspname in ('basepool', 'public')
inner join pg_sequence as s on s.seqrelid = c.oid
where not exists (select from pg_depend as d where d.objid = c.oid and d.deptype in ('e', 'i'))
order by c.oid::regclass::text collate "C"
"""

_TABLES: LiteralString = """
select
  quote_ident(n.nspname) as schema,
  c.oid::regclass::text as name,
  c.relkind = 'v' as is_view,
  c.relpersistence = 'u' as is_unlogged,
  coalesce(array(select o.option from unnest(c.reloptions) as o (option) order by o.option collate "C"), '{}') as options,
  c.relrowsecurity as has_row_level_security,
  c.relforcerowsecurity as forces_row_level_security,
  case c.relreplident
    when 'f' then 'full'
    when 'n' then 'nothing'
    when 'i' then (
      select 'using index ' || quote_ident(i.indexrelid::regclass::text) from pg_index as i
      where i.indrelid = c.oid and i.indisreplident
    )
  end as replica_identity,
  obj_description(c.oid, 'pg_class') as comment
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace and n.nspname in ('basepool', 'public')
where c.relkind in ('r', 'v') and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
order by n.nspname collate "C" desc, c.relname collate "C"
"""

# pg_attver: some packaged servers (15.20, 17 of Debian) note a position in the WAL there by themselves, other in every database
_COLUMNS: LiteralString = """
select
  c.oid::regclass::text as table,
  quote_ident(a.attname) as name,
  format_type(a.atttypid, a.atttypmod)
    || case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation::text else '' end as type,
  a.attnotnull as is_required,
  case
    when a.attidentity = 'a' then 'generated always as identity'
    when a.attidentity = 'd' then 'generated by default as identity'
    when a.attgenerated <> '' then format(
      'generated always as (%s) %s', pg_get_expr(d.adbin, d.adrelid)
      , case a.attgenerated when 's' then 'stored' else 'virtual' end
    )
  end as generated,
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as default,
  array_remove(array[
    case when a.attstorage <> t.typstorage then 'set storage ' || case a.attstorage
      when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
    case a.attcompression when 'p' then 'set compression pglz' when 'l' then 'set compression lz4' end,
    'set statistics ' || nullif(a.attstattarget, -1),
    'set (' || (
      select string_agg(o.option, ', ' order by o.option collate "C") from unnest(a.attoptions) as o (option)
      where o.option not like 'pg\\_attver=%'
    ) || ')'
  ], null) as settings,
  col_description(c.oid, a.attnum) as comment
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace and n.nspname in ('basepool', 'public')
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
inner join pg_type as t on t.oid = a.atttypid
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'v')
order by c.oid::regclass::text collate "C", a.attnum
"""

# 18 has a row for each not null as well (contype n); columns say it
_PARTS: LiteralString = """
select p.table::regclass::text as table, p.kind, quote_ident(p.name) as name, p.definition, p.state, p.function, p.comment
from (
  select
    c.conrelid as table, 'constraint' as kind, strpos('pufxc', c.contype::text) as rank, c.conname as name,
    pg_get_constraintdef(c.oid) as definition, null as state, null as function,
    obj_description(c.oid, 'pg_constraint') as comment
  from pg_constraint as c
  where c.contype in ('p', 'u', 'f', 'x', 'c')
  union all
  select
    i.indrelid, 'index', 0, x.relname, pg_get_indexdef(i.indexrelid), null, null, obj_description(i.indexrelid, 'pg_class')
  from pg_index as i
  inner join pg_class as x on x.oid = i.indexrelid
  where not exists (select from pg_constraint as c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
  union all
  select
    t.tgrelid, 'trigger', 0, t.tgname, pg_get_triggerdef(t.oid)
    , case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' when 'A' then 'enable always' end
    , t.tgfoid::regproc::text, obj_description(t.oid, 'pg_trigger')
  from pg_trigger as t
  where not t.tgisinternal
  union all
  select
    p.polrelid, 'policy', 0, p.polname, concat_ws(
      ' ', case when not p.polpermissive then 'as restrictive' end
      , case p.polcmd
        when 'r' then 'for select' when 'a' then 'for insert' when 'w' then 'for update' when 'd' then 'for delete'
        else 'for all'
      end
      , 'to', case when p.polroles = '{0}' then 'public' else (
        select string_agg(quote_ident(r.rolname), ', ' order by r.rolname collate "C") from pg_roles as r
        where r.oid = any(p.polroles)
      ) end
      , 'using (' || pg_get_expr(p.polqual, p.polrelid) || ')'
      , 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'
    ), null, null, obj_description(p.oid, 'pg_policy')
  from pg_policy as p
) as p
inner join pg_class as c on c.oid = p.table and c.relkind = 'r'
inner join pg_namespace as n on n.oid = c.relnamespace and n.nspname in ('basepool', 'public')
order by p.table::regclass::text collate "C", p.kind collate "C", p.rank, p.name collate "C"
"""

_FUNCTIONS: LiteralString = """
with ours as (
  select p.*, quote_ident(n.nspname) as schema
  from pg_proc as p
  inner join pg_namespace as n on n.oid = p.pronamespace and n.nspname in ('basepool', 'public')
  where p.prokind = 'f' and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
), arguments as (
  select
    p.oid as function, x.position, coalesce(x.mode, 'i') = 't' as is_column,
    concat_ws(
      ' ', case x.mode when 'o' then 'out' when 'b' then 'inout' when 'v' then 'variadic' end, quote_ident(nullif(x.name, ''))
      , format_type(x.type, null), 'default ' || pg_get_function_arg_default(p.oid, x.position::integer)
    ) as text
  from ours as p
  cross join lateral unnest(coalesce(p.proallargtypes, p.proargtypes::oid []), p.proargmodes, p.proargnames)
  with ordinality as x (type, mode, name, position)
)
select
  p.schema,
  p.proname as bare_name,
  format('%s.%I', p.schema, p.proname) as name,
  p.oid::regprocedure::text as signature,
  array(select a.text from arguments as a where a.function = p.oid and not a.is_column order by a.position) as arguments,
  array(select a.text from arguments as a where a.function = p.oid and a.is_column order by a.position) as columns,
  pg_get_function_result(p.oid) as result,
  l.lanname as language,
  array_remove(array[
    case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    case when p.proisstrict then 'strict' end,
    case when p.proleakproof then 'leakproof' end,
    case p.proparallel when 's' then 'parallel safe' when 'r' then 'parallel restricted' end,
    case when p.procost <> 100 then 'cost ' || p.procost end,
    case when p.prorows not in (0, 1000) then 'rows ' || p.prorows end
  ], null) as traits,
  p.prosecdef as is_definer,
  coalesce(p.proconfig, '{}') as settings,
  obj_description(p.oid, 'pg_proc') as comment
from ours as p
inner join pg_language as l on l.oid = p.prolang
order by p.schema collate "C" desc, p.proname collate "C", p.oid::regprocedure::text collate "C"
"""

_GRANTS: LiteralString = """
with acls as (
  select 'schema ' || quote_ident(n.nspname) as target, n.oid as schema, n.nspowner as owner, null::smallint as column
    , null as column_name, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
  from pg_namespace as n
  union all
  select case c.relkind when 'S' then 'sequence ' else 'table ' end || c.oid::regclass::text, c.relnamespace, c.relowner
    , null, null, coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
  from pg_class as c where c.relkind in ('r', 'S', 'v')
  union all
  select 'table ' || c.oid::regclass::text, c.relnamespace, c.relowner, a.attnum, quote_ident(a.attname), a.attacl
  from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid where c.relkind in ('r', 'v')
  union all
  select 'type ' || t.oid::regtype::text, t.typnamespace, t.typowner, null, null
    , coalesce(t.typacl, acldefault('T', t.typowner))
  from pg_type as t where t.typtype = 'e'
  union all
  select 'function ' || p.oid::regprocedure::text, p.pronamespace, p.proowner, null, null
    , coalesce(p.proacl, acldefault('f', p.proowner))
  from pg_proc as p
), rights as (
  select a.target, a.column is not null as is_column, coalesce(quote_ident(r.rolname), 'public') as role, g.is_grantable
    , lower(g.privilege_type) as privilege
    , coalesce(array_agg(a.column_name order by a.column) filter (where a.column is not null), '{}') as columns
  from acls as a
  inner join pg_namespace as n on n.oid = a.schema and n.nspname in ('basepool', 'public')
  cross join lateral aclexplode(a.acl) as g
  left join pg_roles as r on r.oid = g.grantee
  where g.grantee <> a.owner
  group by a.target, is_column, r.rolname, g.is_grantable, g.privilege_type
), sets as (
  select r.target, r.role, r.is_grantable, r.columns, array_agg(r.privilege order by r.privilege collate "C") as privileges
  from rights as r
  group by r.target, r.role, r.is_grantable, r.columns
)
select s.target, s.columns, s.privileges, s.is_grantable, array_agg(s.role order by s.role collate "C") as roles
from sets as s
group by s.target, s.columns, s.privileges, s.is_grantable
order by
  s.target collate "C", s.columns <> '{}', array_to_string(s.privileges, ' ') collate "C"
  , array_to_string(s.columns, ' ') collate "C", s.is_grantable
"""

_NOT_SHOWN: LiteralString = """
select pg_describe_object(d.classid, d.objid, d.objsubid)
from pg_depend as d
inner join pg_namespace as n on n.oid = d.refobjid and n.nspname in ('basepool', 'public')
left join pg_class as c on d.classid = 'pg_class'::regclass and c.oid = d.objid
left join pg_proc as p on d.classid = 'pg_proc'::regclass and p.oid = d.objid
left join pg_type as t on d.classid = 'pg_type'::regclass and t.oid = d.objid
where
  d.refclassid = 'pg_namespace'::regclass
  and not coalesce(c.relkind in ('r', 'S', 'v') or p.prokind = 'f' or t.typtype = 'e', false)
  and d.classid <> 'pg_extension'::regclass
  and not exists (select from pg_depend as e where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e')
order by 1
"""


def read(connection: psycopg.Connection) -> Catalog:
    """What is in the database. Raises SetupError (TP021) for a kind of object that nothing here knows how to show."""

    def rows(kind: type[T], query: LiteralString) -> list[T]:
        return connection.cursor(row_factory=class_row(kind)).execute(query).fetchall()

    with connection.transaction():
        connection.execute(_SETTINGS)
        if unknown := connection.cursor(row_factory=scalar_row).execute(_NOT_SHOWN).fetchall():
            raise SetupError(f"not shown in db/schema.sql: {', '.join(unknown)}", "Teach it to dev/catalog.py.")
        return Catalog(
            schemas=rows(Schema, _SCHEMAS),
            enums=rows(Enum, _ENUMS),
            sequences=rows(Sequence, _SEQUENCES),
            tables=rows(Table, _TABLES),
            columns=rows(Column, _COLUMNS),
            parts=rows(Part, _PARTS),
            functions=rows(Function, _FUNCTIONS),
            grants=rows(Grant, _GRANTS),
        )


def read_empty_database() -> Catalog:
    """What an empty database gets by the migrations and functions of this checkout."""
    with devserver.start() as server:
        url = server.create_database("documented")
        migrate(url, echo=lambda *_: None)
        with psycopg.connect(url) as connection:
            return read(connection)


def listed(lines: list[str]) -> str:
    """The members of a list in parentheses, one a line."""
    return ",\n".join(f"  {line}" for line in lines)


def lower_keywords(sql: str) -> str:
    """SQL as Postgres writes it, in lower case but for what is quoted: names that need upper case are."""
    return "".join(part if part[:1] in {"'", '"'} else part.lower() for part in _QUOTED_OR_NOT.split(sql))
