-- duplicates, prefixes, partial ones that another one begins with: only what is proved, and of two the one that stays
begin;
select plan(10);

create temporary table rows (
  id integer primary key,
  owner uuid not null,
  state text,
  kind text not null,
  name text collate "C",
  is_new boolean not null default true,
  data jsonb,
  made timestamptz not null,
  code text unique
);
create function pg_temp.said() returns setof text
language sql as $$
  select format('%s -> %s', r.index, r.kept) from basepool._redundant_indexes('rows') as r where r.is_proved order by 1
$$;
create function pg_temp.only(p_statements text []) returns setof text
language plpgsql as $$
declare
  v_statement text;
begin
  foreach v_statement in array p_statements loop
    execute v_statement;
  end loop;
  return query select pg_temp.said();
  for v_statement in
    select format('drop index %s', i.indexrelid::regclass) from pg_index as i
    where i.indrelid = 'rows'::regclass and not exists (select from pg_constraint as c where c.conindid = i.indexrelid)
  loop
    execute v_statement;
  end loop;
end
$$;

select is_empty('select pg_temp.said()', 'what constraints need is not redundant');
select set_eq(
  $$select pg_temp.only(array[
    'create index code_twin on rows (code)', 'create index code_given on rows (code) where code is not null'
    , 'create unique index code_again on rows (code)', 'create index code_other on rows (code text_pattern_ops)'
    , 'create index code_backwards on rows (code desc)'
  ])$$,
  array['code_twin -> rows_code_key', 'code_given -> rows_code_key', 'code_again -> rows_code_key'
    , 'code_backwards -> rows_code_key'],
  'a twin of a constraint, with or without a predicate that only leaves out nulls; not one of another operator class'
);
select set_eq(
  $$select pg_temp.only(array[
    'create index a on rows (owner)', 'create index b on rows (owner, made desc)', 'create index c on rows (owner, made desc, kind)'
    , 'create index d on rows (owner, made)', 'create index e on rows (owner desc, made)', 'create index f on rows (owner, made desc)'
  ])$$,
  array['a -> c', 'b -> c', 'f -> c', 'e -> c'],
  'prefixes, and what is the same backwards; not where one column is turned around'
);
select set_eq(
  $$select pg_temp.only(array['create index first on rows (owner, made)', 'create index second on rows (owner, made)'])$$,
  array['second -> first'],
  'of two that are the same, the older stays'
);
select set_eq(
  $$select pg_temp.only(array[
    'create index by_state on rows (state, made)', $i$create index failed on rows (made) where state = 'failed'$i$
    , $i$create index two on rows (made) where state in ('failed', 'done')$i$
    , $i$create index either on rows (made) where state = 'failed' or kind = 'x'$i$
    , $i$create index other on rows (made) where state <> 'failed'$i$
    , $i$create index doubled on rows (made) where state = 'failed' and kind = 'a'$i$
    , 'create index made_all on rows (made)', 'create index owned on rows (owner)', $i$create index owned_new on rows (owner) where is_new$i$
    , $i$create index owned_failed on rows (owner) where state = 'failed'$i$
  ])$$,
  array['failed -> by_state'],
  'one value of what another begins with; nothing else that only looks like it'
);
select set_eq(
  $$select pg_temp.only(array[
    'create index by_news on rows (is_new, owner)', 'create index news on rows (owner) where is_new = true'
    , 'create index olds on rows (owner) where not is_new', 'create index always on rows (made) where owner is not null'
    , 'create index made on rows (made, kind)'
    , $i$create index p1 on rows (kind) where state = 'a'$i$, $i$create index p2 on rows (kind, made) where state = 'a'$i$
  ])$$,
  array['news -> by_news', 'olds -> by_news', 'always -> made', 'p1 -> p2'],
  'booleans, what is never null, and prefixes of the same predicate'
);
select set_eq(
  $$select pg_temp.only(array[
    'create unique index one_name on rows (owner, name)', 'create index names on rows (owner, name, made)'
    , 'create unique index three on rows (owner, name, kind)', 'create unique index turned on rows (name, owner)'
    , $i$create unique index one_failed on rows (owner) where state = 'failed'$i$, 'create index failed_owner on rows (state, owner)'
    , 'create unique index nulls_too on rows (owner, name) nulls not distinct'
  ])$$,
  array[]::text [],
  'what keeps something unique stays, unless another keeps the very same unique'
);
select set_eq(
  $$select pg_temp.only(array[
    'create index collated on rows (name)', 'create index plain on rows (name collate "default", made)'
    , 'create index lowered on rows (lower(kind))', 'create index lowered_made on rows (lower(kind), made)'
    , 'create index upper_made on rows (upper(kind), made)'
    , 'create index covering on rows (kind) include (state)', 'create index kind_made on rows (kind, made)'
    , 'create index hashed on rows using hash (kind)', 'create index docs on rows using gin (data)'
    , 'create index docs_again on rows using gin (data)', 'create index docs_path on rows using gin (data jsonb_path_ops)'
  ])$$,
  array['lowered -> lowered_made', 'docs_again -> docs'],
  'other collations, expressions, methods and what else is included are something else'
);

-- what somebody else goes by
create unique index referred on rows (owner, kind, made);
create temporary table referring (
  owner uuid, kind text, made timestamptz, foreign key (owner, kind, made) references rows (owner, kind, made)
);
create unique index referred_twin on rows (owner, kind, made);
select set_eq('select pg_temp.said()', array['referred_twin -> referred'], 'a foreign key goes by the first');

-- nearly so is said to be so
insert into rows (id, owner, state, kind, made)
select
s.n,
gen_random_uuid(),
case when s.n % 10 = 0 then 'failed' else 'done' end,
'x',
now()
from generate_series(1, 200) as s (n);
create index turned_around on rows (owner, made desc);
create index turned on rows (owner, made);
create index most on rows (made) where state = 'done';
create index few on rows (made) where state = 'failed';
create index all_of_them on rows (made);
analyze rows;
select set_eq(
  $$select r.index::text from basepool._redundant_indexes('rows') as r where not r.is_proved$$,
  array['turned', 'most'],
  'what differs in direction, or leaves out a tenth'
);

select * from finish();
rollback;
