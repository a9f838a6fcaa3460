-- What was completed before anything was kept, or in an adopted database by the app, is kept when a person says so.
create or replace function basepool.keep_outputs(
  p_since interval default null,
  p_generation uuid default null,
  p_max integer default 1000
)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_since constant timestamptz := basepool.now() - p_since;
  v_ids uuid [];
  v_completed_at text [];
  v_count integer := 0;
begin
  if (p_since is null) = (p_generation is null) then
    raise exception using
      errcode = 'PT400',
      message = 'one of a time and a generation says whose outputs to keep',
      hint = 'Pass since when they were completed, or the id of one.';
  elsif p_generation is not null and not exists (select from public.generations as g where g.id = p_generation) then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s', p_generation),
      hint = 'It may have been deleted.';
  end if;
  select array_agg(g.id), array_agg(g.ended_at) into v_ids, v_completed_at
  from (
    select
      o.id
      , coalesce(
        case when jsonb_typeof(o.replicate_output) = 'object' then o.replicate_output ->> 'completed_at' end
        , to_jsonb(o.completed_at) #>> '{}'
      ) as ended_at
    from public.generations as o
    where
      o.status = 'completed' and o.output_urls is not null
      and (p_generation is null or o.id = p_generation) and (p_since is null or o.completed_at >= v_since)
      and not exists (select from basepool.output_files as f where f.generation_id = o.id)
      and exists (
        select from unnest(basepool._source_links(o.output_urls, o.replicate_output -> 'output')) as s (url) where s.url is not null
      )
    -- those that have the most time left
    order by o.completed_at desc
    limit p_max
    -- whoever deletes one at this moment would leave its files behind
    for key share of o skip locked
  ) as g;
  if v_ids is not null then
    v_count := basepool._expect_files(v_ids, v_completed_at, p_is_backfill => true);
  end if;
  perform basepool._audit(
    'outputs store', p_generation::text
    , jsonb_build_object('since', basepool._say_interval(p_since), 'generations', cardinality(v_ids), 'files', v_count)
  );
  return v_count;
end
$$;

revoke all on function basepool.keep_outputs(interval, uuid, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.keep_outputs(interval, uuid, integer) to basepool_glue;

comment on function basepool.keep_outputs(interval, uuid, integer) is
'Has the files of completed generations wait for their copies that nobody has waited for: those completed within p_since, up to
p_max of them, the newest first, or p_generation. Only links of Replicate''s and data: URLs are copied, whoever has completed it;
what the app has copied itself stays as it is. Returns how many files; 0: there is nothing left to do. Raises PT400, PT404.';
