-- What Replicate deletes first is copied first. One walk along the index of what is due: what has failed and waits for its next
-- try is not met there, however much a store that is down has left.
create or replace function basepool.claim_output_files(p_worker text, p_max integer)
returns table (
  generation_id uuid,
  nth integer,
  user_id uuid,
  source_url text,
  deadline timestamptz,
  tries integer,
  lease uuid,
  max_bytes bigint,
  key_hint text
)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_settings basepool.settings;
  v_file record;
  v_places tid [];
  v_inline_bytes bigint := 0;
  v_code text;
  v_ended integer;
begin
  if p_max is null or p_max not between 1 and 100 then
    raise exception using
      errcode = 'PT400',
      message = format('p_max is %s', coalesce(p_max::text, 'null')),
      hint = 'Claim between 1 and 100 files at a time.';
  end if;
  if coalesce(p_worker, '') = '' then
    raise exception using
      errcode = 'PT400',
      message = 'p_worker is empty',
      hint = 'Name the worker, for example host:pid; files are shown with it.';
  end if;
  select s.* into v_settings from basepool.settings as s;
  perform basepool._wake_files(v_now);
  perform basepool._show_late(v_now);

  -- where all that come first are to be given up, those after them are looked at
  for v_round in 1 .. 10 loop
    v_ended := 0;
    for v_file in
      select f.ctid as place, f.generation_id, f.nth, f.deadline, f.tries, f.source_bytes, f.error
      from basepool.output_files as f
      where f.state = 'waiting' and f.again_at is null
      order by f.deadline
      limit p_max
      for update skip locked
    loop
      v_code := case
        when v_file.tries > 1 and v_file.deadline + v_settings.output_margin < v_now then 'expired'
        when v_file.source_bytes is not null and not exists (
          select from public.generations as g
          where g.id = v_file.generation_id and lower(left(g.output_urls[v_file.nth], 5)) = 'data:'
        ) then 'source_gone'
      end;
      if v_code is null then
        -- megabytes at a time, not gigabytes
        if v_file.source_bytes is null or v_inline_bytes = 0 or v_inline_bytes + v_file.source_bytes <= 8000000 then
          v_places := v_places || v_file.place;
          v_inline_bytes := v_inline_bytes + coalesce(v_file.source_bytes, 0);
        end if;
      elsif basepool._lock_outputs(v_file.generation_id, p_waits => false) then
        update basepool.output_files as f
        set state = 'failed', failed_at = v_now, error_code = v_code
          , error = case v_code
            when 'expired' then coalesce(v_file.error, 'it was not copied before Replicate deleted it')
            else 'output_urls no longer has it'
          end
        where f.generation_id = v_file.generation_id and f.nth = v_file.nth;
        perform basepool._show_outputs(v_file.generation_id, v_file.nth);
        v_ended := v_ended + 1;
      end if;
    end loop;
    exit when v_places is not null or v_ended = 0;
  end loop;
  if v_places is null then
    return;
  end if;

  return query
    with claimed as (
      update basepool.output_files as f
      set
        state = 'storing', tries = f.tries + 1, again_at = v_now + v_settings.lease_time, worker = left(p_worker, 200)
        , begun_at = v_now, lease = gen_random_uuid()
      where f.ctid = any(v_places)
      returning f.generation_id, f.nth, f.user_id, f.source_url, f.deadline, f.tries, f.lease
    )

    select
      c.generation_id, c.nth, c.user_id
      , coalesce(c.source_url, (select g.output_urls[c.nth] from public.generations as g where g.id = c.generation_id))
      , c.deadline, c.tries, c.lease, v_settings.max_output_bytes, basepool._key_hint(c.user_id, c.generation_id, c.nth)
    from claimed as c
    order by c.deadline, c.generation_id, c.nth;
end
$$;

revoke all on function basepool.claim_output_files(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_output_files(text, integer) to basepool_glue;

comment on function basepool.claim_output_files(text, integer) is
'Up to p_max files (at most 100) that are to be copied into the store, nearest deadline first, also those whose worker fell silent;
they are p_worker''s for settings.lease_time, longer with renew_output_files. source_url: where to get it, or the data: URL itself
(of these no more than 8 MB a call, or one); tries: which try this is, from 1; lease: what its result is recorded with
(record_output_files); max_bytes: a larger file is too_large, null: none is; key_hint: its key in the store but for the extension.
Gives up what could not be copied in an hour and settings.output_margin more, if it was tried twice (expired). Raises PT400.';
