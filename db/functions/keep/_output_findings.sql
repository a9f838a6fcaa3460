-- An output that is not kept is gone within the hour, and nothing fails for it: so it is said while there is time.
create or replace function basepool._output_findings(p_now timestamptz)
returns table (name text, says text)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_clock constant text := 'HH24:MI:SS "UTC"';
  v_waiting record;
  v_since timestamptz;
  v_due bigint;
begin
  -- of those that come first; those that wait for another try come the sooner the nearer their deadline is
  select
    count(*) filter (where w.is_near) as files
    , min(w.deadline) filter (where w.is_near) as deadline
    , (array_agg(w.says order by w.deadline) filter (where w.is_near))[1] as says
    -- the store had its say twice, whatever is tried at this moment
    , count(*) filter (where w.is_refused) as refused
    , (array_agg(w.error order by w.tries desc) filter (where w.is_refused))[1] as refusal
  into v_waiting
  from (
    select
      f.deadline, f.tries, f.error, concat_ws(': ', f.error_code, f.error) as says
      , f.state = 'waiting' and f.tries > 0 and f.deadline < p_now + (select s.alert_outputs_before from basepool.settings as s) as is_near
      , f.error_code = 'store_failed' and f.tries > case f.state when 'storing' then 2 else 1 end as is_refused
    from (
      (select * from basepool.output_files where state = 'waiting' and again_at is null order by deadline limit 1000)
      union all
      (
        select * from basepool.output_files where state = 'waiting' and again_at > '-infinity'
        order by again_at limit 1000
      )
      union all
      (
        select * from basepool.output_files where state = 'storing' and again_at > '-infinity'
        order by again_at limit 1000
      )
    ) as f
  ) as w;
  if v_waiting.files > 0 then
    return query
      select
        'outputs-near-deadline'
        , format(
          '%s outputs are not kept yet, and Replicate deletes the first of them soon after %s: %s', v_waiting.files
          , to_char(v_waiting.deadline at time zone 'UTC', v_clock), v_waiting.says
        );
  end if;

  -- long before there is no time left
  if v_waiting.refused > 0
    and not exists (select from basepool.output_files as f where f.stored_at > p_now - interval '5 seconds') then
    return query
      select
        'store-fails'
        , format(
          'the store takes nothing: %s outputs were tried twice or more, and it said: %s', v_waiting.refused
          , coalesce(v_waiting.refusal, 'nothing')
        );
  end if;

  select min(f.since), count(*) into v_since, v_due
  from (
    select o.since from basepool.output_files as o
    where o.state = 'waiting' and o.again_at is null
    order by o.deadline limit 100
  ) as f;

  -- a store or a source that says nothing is heard of when its time is over; until then whoever has begun with one, and could
  -- begin with others, does not
  if v_since < p_now - interval '5 seconds'
    and (
      select max(f.begun_at)
      from (
        select o.begun_at from basepool.output_files as o
        where o.state = 'storing' and o.again_at > p_now
        order by o.again_at desc limit 1000
      ) as f
    ) < p_now - interval '5 seconds' then
    return query
      select
        'outputs-stand-still'
        , format(
          'all copies of outputs under way have begun more than five seconds ago, and %s wait for one: does the store answer? Where they'
          || ' are large, raise STORE_CONCURRENCY, or start another worker', case when v_due < 100 then v_due::text else '100 or more' end
        );
  end if;

  -- somebody has one, has just stored one, or has tried
  if v_since < p_now - interval '1 minute'
    and (select s.keep_outputs from basepool.settings as s)
    and not exists (select from basepool.output_files as f where f.state = 'storing' and f.again_at > p_now)
    and not exists (select from basepool.output_files as f where f.stored_at > p_now - interval '1 minute')
    and not exists (select from basepool.output_files as f where f.state = 'waiting' and f.again_at > p_now) then
    return query
      select
        'outputs-not-kept'
        , format(
          'outputs wait to be copied since %s, and nobody does it: %s', to_char(v_since at time zone 'UTC', v_clock)
          , case
            when w.names is null then 'start basepool work, or have a scheduler call /api/cron/store'
            -- who has a store of his own would do it
            when not w.has_url
              then format(
                'worker %s has no PUBLIC_URL, so nobody could open what it stores: set it to where basepool serve is reached, or'
                || ' STORE_URL to a store of your own', w.names
              )
            else format('the log of worker %s says what keeps it from it', w.names)
          end
        )
      from (
        select string_agg(o.name, ', ' order by o.name) as names, bool_or(o.orders_webhooks) as has_url
        from basepool.workers as o
        where o.heard_at > p_now - basepool._silence_of_workers()
      ) as w;
  end if;

  return query
    select
      'outputs-lost'
      , format(
        '%s outputs could not be kept within the last hour, the last one because of %s: basepool outputs list --state failed'
        , count(*)
        , (array_agg(concat_ws(': ', l.error_code, l.error) order by l.failed_at desc))[1]
      )
    from (
      select f.error_code, f.error, f.failed_at from basepool.output_files as f
      where f.state = 'failed' and f.failed_at > p_now - interval '1 hour'
      order by f.failed_at desc limit 1000
    ) as l
    having count(*) > 0;
end
$$;

revoke all on function basepool._output_findings(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._output_findings(timestamptz) is
'What is wrong with the outputs at p_now: outputs-near-deadline, store-fails, outputs-stand-still,
outputs-not-kept, outputs-lost. For _list_findings.';
