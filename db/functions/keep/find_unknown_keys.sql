-- Where a worker dies between the store and the database, a file may be left that no row knows. Only the store can list it.
create or replace function basepool.find_unknown_keys(p_keys text [])
returns setof text
language sql
stable
security definer
set search_path = ''
as $$
  select k.key
  from unnest(p_keys) as k (key)
  cross join lateral (
    select regexp_match(
      k.key, '^[0-9a-f-]{36}/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([0-9]{1,9})[^0-9/][^/]*$'
    ) as parts
    offset 0
  ) as m
  where
    m.parts is null
    or not exists (
      select from basepool.output_files as f
      where
        f.generation_id = m.parts[1]::uuid and f.nth = m.parts[2]::integer
        -- under way, its key is not written down yet
        and (k.key in (f.key, f.thumb_key) or f.state in ('waiting', 'storing') or f.lease is not null)
    )
$$;

revoke all on function basepool.find_unknown_keys(text[]) from public, anon, authenticated, service_role;
grant execute on function basepool.find_unknown_keys(text[]) to basepool_glue;

comment on function basepool.find_unknown_keys(text[]) is
'Those of p_keys, as the store lists them, that belong to no file here: neither kept, nor under way, nor about to be deleted.';
