-- An index that another one replaces is written with every change of a row and read by nobody who would miss it. But one that is
-- wrongly called so is missed by every query at once: what is not proved from the catalog is not called redundant.
create or replace function basepool._redundant_indexes(p_table regclass)
returns table (index regclass, kept regclass, is_proved boolean, because text)
language sql
stable
set search_path = ''
as $$
  with indexes as materialized (
    select
      i.indexrelid as id, m.amname as method, i.indisunique as is_unique, i.indnullsnotdistinct as nulls_are_equal
      , i.indimmediate as is_immediate, c.reltuples as entries, i.indpred is not null as is_partial
      , i.indisvalid and i.indisready and i.indislive as works
      -- what a constraint, a foreign key elsewhere, replication or CLUSTER goes by
      , i.indisprimary or i.indisexclusion or i.indisreplident or i.indisclustered
      or exists (select from pg_catalog.pg_constraint as k where k.conindid = i.indexrelid) as is_bound
      , k.names, k.columns, k.directions, k.included
      -- conjuncts; what this cuts wrongly (a constant with AND in it) no pattern below fits
      , coalesce(string_to_array(pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), ' AND '), '{}') as conditions
    from pg_catalog.pg_index as i
    inner join pg_catalog.pg_class as c on c.oid = i.indexrelid
    inner join pg_catalog.pg_am as m on m.oid = c.relam
    cross join lateral (
      select
        array_agg(n.name order by s.nth) filter (where s.nth <= i.indnkeyatts) as names
        , array_agg(
          concat_ws('|', n.name, i.indclass[s.nth - 1], i.indcollation[s.nth - 1], a.attoptions) order by s.nth
        ) filter (where s.nth <= i.indnkeyatts) as columns
        , array_agg(i.indoption[s.nth - 1]::integer order by s.nth) filter (where s.nth <= i.indnkeyatts) as directions
        , coalesce(array_agg(n.name) filter (where s.nth > i.indnkeyatts), '{}') as included
      from generate_series(1, i.indnatts::integer) as s (nth)
      inner join pg_catalog.pg_attribute as a on a.attrelid = i.indexrelid and a.attnum = s.nth
      cross join lateral (select pg_catalog.pg_get_indexdef(i.indexrelid, s.nth, true) as name) as n
    ) as k
    where i.indrelid = p_table
  ),

  -- of each pair: what the first asks of a row beyond what the second does, read word for word
  pairs as materialized (
    select a.id, b.id as other_id, r.constants, r.is_read, r.is_always
    from indexes as a
    inner join indexes as b on b.id <> a.id and b.method = a.method
    cross join lateral (
      select
        coalesce(array_agg(distinct o.constant) filter (where o.constant is not null), '{}') as constants
        , coalesce(bool_and(o.constant is not null or o.is_always or o.is_end), true) as is_read
        , coalesce(bool_and(o.is_always), true) as is_always
      from unnest(a.conditions) as w (condition)
      cross join lateral (
        select
          coalesce(
            substring(w.condition from '^([a-z_][a-z0-9_]*)(?:::text)? = (?:''(?:[^'']|'''')*''::[a-z ]+|-?[0-9]+|true|false)$')
            , (
              select t.attname::text from pg_catalog.pg_attribute as t
              where
                t.attrelid = p_table and t.atttypid = 'boolean'::regtype
                and t.attname = substring(w.condition from '^(?:NOT )?([a-z_][a-z0-9_]*)$')
            )
          ) as constant
          , exists (
            select from pg_catalog.pg_attribute as t
            where
              t.attrelid = p_table and t.attnotnull
              and t.attname = substring(w.condition from '^([a-z_][a-z0-9_]*) IS NOT NULL$')
          ) as is_always
          -- nulls lie together at an end of what begins with the column
          , coalesce(substring(w.condition from '^([a-z_][a-z0-9_]*) IS NOT NULL$') = a.names[1], false) as is_end
      ) as o
      where w.condition <> all(b.conditions)
    ) as r
    where not a.is_bound and b.works and b.conditions <@ a.conditions
  ),

  -- where the second begins with what is the same in all rows of the first, the rest has to go on like the first one's columns
  compared as materialized (
    select
      p.id, p.other_id, b.is_bound, x.names = y.names as has_all_columns
      , p.is_read and a.included <@ (b.included || b.names)
      and (
        select coalesce(array_agg(n.name order by n.name), '{}') = p.constants
        from unnest(b.names[1:cardinality(p.constants)]) as n (name)
      )
      and y.columns = x.columns as fits
      , y.directions = x.directions or y.directions = x.reversed as is_same_way
      , (a.method = 'btree' or (p.is_always and a.columns = b.columns and a.directions = b.directions))
      and (
        not a.is_unique
        or (
          b.is_unique and b.is_immediate and b.nulls_are_equal = a.nulls_are_equal and p.constants = '{}'
          and a.columns @> b.columns and b.columns @> a.columns
        )
      ) as may_go
      , p.constants
    from pairs as p
    inner join indexes as a on a.id = p.id
    inner join indexes as b on b.id = p.other_id
    cross join lateral (
      select
        coalesce(array_agg(c.column_key order by c.nth), '{}') as columns
        , coalesce(array_agg(c.name order by c.nth), '{}') as names
        , coalesce(array_agg(c.direction order by c.nth), '{}') as directions
        , coalesce(array_agg(c.direction # 3 order by c.nth), '{}') as reversed
      from unnest(a.columns, a.names, a.directions) with ordinality as c (column_key, name, direction, nth)
      where c.name <> all(p.constants)
    ) as x
    cross join lateral (
      select
        b.columns[cardinality(p.constants) + 1:cardinality(p.constants) + cardinality(x.columns)] as columns
        , b.names[cardinality(p.constants) + 1:] as names
        , b.directions[cardinality(p.constants) + 1:cardinality(p.constants) + cardinality(x.columns)] as directions
    ) as y
  ),

  proved as materialized (
    select
      c.id, c.other_id, c.is_bound
      , case
        when cardinality(c.constants) > 0 then
          format('%s begins with %s, which is the same in all rows of this one, and goes on with its columns', c.other_id::regclass
            , array_to_string(c.constants, ', '))
        when c.has_all_columns then format('%s has the same columns, and all of its rows', c.other_id::regclass)
        else format('%s begins with its columns, and has all of its rows', c.other_id::regclass)
      end as because
    from compared as c
    inner join indexes as a on a.id = c.id
    where a.works and c.may_go and c.fits and c.is_same_way
  ),

  -- of two that replace each other, one stays: a constraint's, else the older
  going as materialized (
    select p.*
    from proved as p
    where
      p.is_bound or p.other_id < p.id or not exists (select from proved as o where o.id = p.other_id and o.other_id = p.id)
  ),

  -- what is only nearly so: for a person to judge
  nearly as (
    select
      p.id, p.other_id
      , case
        when p.constants is null then
          format('%s differs in the direction of columns behind the first only: where the first is given, both do', p.other_id::regclass)
        else
          format('%s has its columns, and this one leaves out only %s %% of its rows', p.other_id::regclass
            , 100 - floor(100 * a.entries / b.entries))
      end as because
    from (
      select c.id, c.other_id, null::text[] as constants
      from compared as c
      inner join indexes as a on a.id = c.id
      inner join indexes as b on b.id = c.other_id
      where c.fits and c.may_go and not c.is_same_way and b.directions[1] in (a.directions[1], a.directions[1] # 3)
      union all
      select a.id, b.id, '{}'
      from indexes as a
      inner join indexes as b on b.id <> a.id and b.method = a.method
      where
        not a.is_bound and not a.is_unique and b.works and a.is_partial and not b.is_partial and a.method = 'btree'
        and b.columns[1:cardinality(a.columns)] = a.columns and b.directions[1:cardinality(a.columns)] = a.directions
        and a.included <@ (b.included || b.names) and a.entries > 0 and 2 * a.entries >= b.entries
    ) as p
    inner join indexes as a on a.id = p.id
    inner join indexes as b on b.id = p.other_id
    where a.works and b.entries > 0
  )

  select distinct on (f.id) f.id::regclass, f.other_id::regclass, f.is_proved, f.because
  from (
    select g.id, g.other_id, true as is_proved, g.because, g.is_bound from going as g
    union all
    select n.id, n.other_id, false, n.because, false from nearly as n
    where
      n.id not in (select g.id from going as g)
      -- of two of a kind, the older stays here, too
      and (n.other_id < n.id or not exists (select from nearly as o where o.id = n.other_id and o.other_id = n.id))
  ) as f
  -- what stays stays
  where f.other_id not in (select g.id from going as g)
  order by f.id, f.is_proved desc, f.is_bound desc, f.other_id
$$;

revoke all on function basepool._redundant_indexes(regclass) from public, anon, authenticated, service_role;

comment on function basepool._redundant_indexes(regclass) is
'The indexes of p_table that another one, kept, replaces, and why. is_proved: whatever asks for rows through the index can ask kept
for them in the same order, at the same cost but for its size, and what is unique stays so: same method, operator classes, collations,
and directions (or all of them reversed), and a predicate that says no more than the columns that kept begins with, or nothing at
all. Never one that a constraint, a foreign key, replication or CLUSTER goes by. Not proved: nearly so, for a person to judge. For
_diagnose_indexes.';
