-- What was given up may be had all the same when what was wrong has been put right in time.
create or replace function basepool.retry_output_files(p_generation uuid default null)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_margin constant interval := (select s.output_margin from basepool.settings as s);
  v_places tid [];
  v_count integer;
begin
  if p_generation is not null and not exists (select from public.generations as g where g.id = p_generation) then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s', p_generation),
      hint = 'It may have been deleted.';
  end if;
  select array_agg(r.place) into v_places
  from (
    select f.ctid as place from basepool.output_files as f
    where
      f.state = 'failed'
      and (
        f.generation_id = p_generation
        or (
          p_generation is null and f.failed_at > v_now - interval '1 hour'
          and (f.source_url is null or f.deadline + v_margin > v_now)
        )
      )
    -- whoever deletes one has it locked
    for update skip locked
  ) as r;
  update basepool.output_files as f
  set
    state = 'waiting', tries = 0, since = v_now, again_at = null, failed_at = null
    , deadline = case when f.source_url is null then greatest(f.deadline, v_now + interval '1 day') else f.deadline end
  where f.ctid = any(v_places);
  get diagnostics v_count = row_count;
  perform basepool._audit('outputs retry', p_generation::text, jsonb_build_object('files', v_count));
  return v_count;
end
$$;

revoke all on function basepool.retry_output_files(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.retry_output_files(uuid) to basepool_glue;

comment on function basepool.retry_output_files(uuid) is
'Has files that were given up wait for their copies again, as if they had never been tried: those of p_generation, or all of the
last hour that Replicate has not deleted yet. Returns how many. Raises PT404.';
