-- From the moment something is completed, its files run out of time: what is to be kept is written down in the same transaction.
create or replace function basepool._expect_files(
  p_generations uuid [],
  p_completed_at text [],
  p_is_backfill boolean default false
)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_count integer;
begin
  insert into basepool.output_files as f (generation_id, nth, user_id, source_url, source_bytes, since, deadline)
  select
    d.generation_id
    , u.nth::integer
    , g.user_id
    , case when not i.is_inline then u.url end
    , case when i.is_inline then octet_length(u.url) end
    , v_now
    -- nobody takes away what is in our own row
    , case when i.is_inline then v_now + interval '1 day' else e.ended_at + interval '1 hour' - s.output_margin end
  from unnest(p_generations, p_completed_at) as d (generation_id, completed_at)
  cross join basepool.settings as s
  cross join lateral (select least(coalesce(basepool._read_time(d.completed_at), v_now), v_now) as ended_at offset 0) as e
  -- looked up by its key, whatever the statistics say
  cross join lateral (
    select
      o.user_id
      , case
        when p_is_backfill then basepool._source_links(o.output_urls, o.replicate_output -> 'output') else o.output_urls
      end as urls
    from public.generations as o
    where o.id = d.generation_id
    offset 0
  ) as g
  -- nobody looks at more
  cross join lateral (select n.url, n.nth from unnest(g.urls) with ordinality as n (url, nth) limit 10000) as u
  cross join lateral (select lower(left(u.url, 5)) = 'data:' as is_inline offset 0) as i
  where u.url is not null
  on conflict (generation_id, nth) do update
  set
    user_id = excluded.user_id, source_url = excluded.source_url, source_bytes = excluded.source_bytes
    , since = excluded.since, deadline = excluded.deadline, state = 'waiting', tries = 0, again_at = null, worker = null, begun_at = null, lease = null
    , error_code = null, error = null, stored_at = null, failed_at = null
  where not p_is_backfill;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._expect_files(uuid[], text[], boolean) from public, anon, authenticated, service_role;

comment on function basepool._expect_files(uuid[], text[], boolean) is
'Has the files in output_urls of p_generations wait for their copies, at most 10000 of each. p_completed_at: when each ended at
Replicate, as that says it; what is no time, or to come, counts as now. p_is_backfill: the rows are not new, so that only what still
is a source link is waited for (_source_links), and nothing that is known already. Returns how many files.';
