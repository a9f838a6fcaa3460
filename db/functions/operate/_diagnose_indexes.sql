-- Every change of a generation writes every index of its table, and those pile up: nobody drops what he did not make.
create or replace function basepool._diagnose_indexes()
returns table (name text, severity text, says text, remedy text, fix text)
language sql
stable
set search_path = ''
as $$
  with tables as (
    select t.id from (values ('public.generations'::regclass), ('public.replicate_tokens'::regclass)) as t (id)
  ),

  redundant as materialized (
    select r.* from tables as t cross join lateral basepool._redundant_indexes(t.id) as r
  ),

  invalid as materialized (
    select i.indexrelid as id, i.indrelid as table_id
    from pg_catalog.pg_index as i
    inner join tables as t on t.id = i.indrelid
    where not (i.indisvalid and i.indisready and i.indislive)
  )

  select
    'index-invalid', 'problem'
    , format('%s is written with every change and used by no query: it was not built to its end', i.id::regclass)
    , 'Build it anew, when nobody builds it at this moment; or drop it, if another was made in its place.'
    , format('reindex index concurrently %s', i.id::regclass)
  from invalid as i
  union all
  select
    'index-redundant', 'warning'
    , format('%s (%s) is redundant: %s', r.index, pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(r.index)), r.because)
    , 'Drop it: each status change of a generation writes one index less.'
    , format('drop index concurrently %s', r.index)
  from redundant as r
  where r.is_proved
  union all
  select
    'index-nearly-redundant', 'warning'
    , format('%s (%s) may not be needed: %s', r.index, pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(r.index)), r.because)
    , 'Look at the queries that it was made for, and drop it where they do without.'
    , format('-- drop index concurrently %s', r.index)
  from redundant as r
  where not r.is_proved
  union all
  select
    'index-unused', 'warning'
    , format(
      'no query has used %s (%s) since %s', u.indexrelid::regclass
      , pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(u.indexrelid))
      , coalesce(to_char(d.stats_reset at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), 'statistics are kept')
    )
    , 'A hint only: a report of once a month may need it, and each replica counts for itself. Drop it if you know of nothing.'
    , format('-- drop index concurrently %s', u.indexrelid::regclass)
  from tables as t
  inner join pg_catalog.pg_stat_all_indexes as u on u.relid = t.id
  inner join pg_catalog.pg_index as i on i.indexrelid = u.indexrelid
  cross join (select a.stats_reset from pg_catalog.pg_stat_database as a where a.datname = current_database()) as d
  where
    u.idx_scan = 0 and not i.indisunique and not i.indisreplident and not i.indisclustered
    and i.indexrelid not in (select r.index from redundant as r)
    and i.indexrelid not in (select v.id from invalid as v)
    -- ours, and one of the app's that is as good as ours: the day comes on which they are needed
    and u.indexrelname <> all(array[
      'generations_user_created_idx', 'generations_user_active_idx', 'generations_active_idx', 'generations_deletable_idx'
      , 'replicate_tokens_account_idx'
    ])
    and substring(pg_catalog.pg_get_indexdef(u.indexrelid) from ' USING (.*)$') <> all(array[
      'btree (user_id, created_at DESC)'
      , 'btree (user_id, created_at) WHERE (status = ANY (ARRAY[''pending''::text, ''queued''::text, ''processing''::text]))'
      , 'btree (created_at) WHERE (status = ANY (ARRAY[''pending''::text, ''queued''::text, ''processing''::text]))'
      , 'btree (created_at) WHERE (status = ANY (ARRAY[''failed''::text, ''cancelled''::text]))'
    ])
  order by 1, 3
$$;

revoke all on function basepool._diagnose_indexes() from public, anon, authenticated, service_role;

comment on function basepool._diagnose_indexes() is
'What is wrong with the indexes of generations and replicate_tokens, as basepool.diagnose has it: index-invalid, index-redundant
(with its proof), index-nearly-redundant and index-unused (hints: fix is a comment). For diagnose.';
