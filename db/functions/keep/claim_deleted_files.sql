-- What is left in the store of generations that are gone. A store can't be asked in the transaction that deletes.
create or replace function basepool.claim_deleted_files(p_max integer)
returns table (generation_id uuid, nth integer, key text, thumb_key text)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_places tid [];
begin
  if p_max is null or p_max not between 1 and 1000 then
    raise exception using
      errcode = 'PT400',
      message = format('p_max is %s', coalesce(p_max::text, 'null')),
      hint = 'Claim between 1 and 1000 files at a time.';
  end if;
  select array_agg(d.place) into v_places
  from (
    select f.ctid as place from basepool.output_files as f
    where f.state = 'deleting' and f.again_at <= v_now
    order by f.again_at
    limit p_max
    for update skip locked
  ) as d;
  if v_places is null then
    return;
  end if;
  -- its worker never said that it had put anything there
  delete from basepool.output_files as f where f.ctid = any(v_places) and f.key is null;
  return query
    update basepool.output_files as f
    set again_at = v_now + (select s.lease_time from basepool.settings as s), lease = null
    where f.ctid = any(v_places)
    returning f.generation_id, f.nth, f.key, f.thumb_key;
end
$$;

revoke all on function basepool.claim_deleted_files(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_deleted_files(integer) to basepool_glue;

comment on function basepool.claim_deleted_files(integer) is
'Up to p_max files (at most 1000) to delete from the store, under key and, where it is not null, thumb_key; the caller''s for
settings.lease_time. Report each with record_deleted_files. Raises PT400.';
