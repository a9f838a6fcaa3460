-- What a bulk action would take: the newest first, as the page lists them. It walks an index and looks at so many rows at most,
-- whatever the filter and the statistics say; who wants the rest asks again for what is older.
create or replace function basepool._find_for_action(
  p_action text,
  p_filter jsonb,
  p_now timestamptz,
  p_max integer,
  out ids uuid [],
  out until timestamptz,
  out is_capped boolean
)
returns record
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_looks constant integer := 5000;
  v_filter record;
  v_since timestamptz;
  v_asks_try boolean;
  v_seen integer;
  v_candidates uuid[];
begin
  select f.* into v_filter from basepool._read_filter(p_filter, p_now) as f;
  v_since := coalesce(v_filter.since, '-infinity');
  until := least(v_filter.until, p_now);
  v_asks_try := num_nonnulls(v_filter.token_id, v_filter.rule, v_filter.worker) > 0;
  if v_filter.ids is not null then
    v_candidates := v_filter.ids;
    v_seen := 0;
  elsif v_filter.user_id is not null then
    select array_agg(o.id order by o.created_at desc, o.id), count(*) into v_candidates, v_seen
    from (
      select g.id, g.created_at from public.generations as g
      where g.user_id = v_filter.user_id and g.created_at >= v_since and g.created_at <= until
      order by g.user_id, g.created_at desc
      limit v_looks
    ) as o;
  elsif p_action = 'cancel' then
    select array_agg(o.id order by o.created_at desc, o.id), count(*) into v_candidates, v_seen
    from (
      select g.id, g.created_at from public.generations as g
      where basepool.is_active(g.status) and g.created_at >= v_since and g.created_at <= until
      order by g.created_at desc
      limit v_looks
    ) as o;
  else
    select array_agg(o.id order by o.created_at desc, o.id), count(*) into v_candidates, v_seen
    from (
      select g.id, g.created_at from public.generations as g
      -- as the index has it
      where g.status in ('failed', 'cancelled') and g.created_at >= v_since and g.created_at <= until
      order by g.created_at desc
      limit v_looks
    ) as o;
  end if;

  select coalesce(array_agg(f.id order by f.nth) filter (where f.nth_found <= p_max), '{}'), count(*) > p_max or v_seen = v_looks
  into ids, is_capped
  from (
    select i.id, i.nth, row_number() over (order by i.nth) as nth_found
    from unnest(v_candidates) with ordinality as i (id, nth)
    inner join public.generations as g on g.id = i.id
    left join lateral (
      select a.token_id, a.error_rule, a.worker from basepool._all_attempts() as a
      where v_asks_try and a.generation_id = g.id
      order by a.attempt_no desc
      limit 1
    ) as l on true
    where
      -- of what is named one by one, each says for itself why it can't be done
      (
        v_filter.ids is not null
        or case when p_action = 'retry' then g.status = 'failed' else basepool.is_active(g.status) and g.queued_at is not null end
      )
      and (v_filter.user_id is null or g.user_id = v_filter.user_id)
      and g.created_at >= v_since and g.created_at <= until
      and (v_filter.model is null or g.replicate_model = v_filter.model or starts_with(g.replicate_model, v_filter.model || ':'))
      and (v_filter.token_id is null or l.token_id = v_filter.token_id)
      and (v_filter.rule is null or l.error_rule = v_filter.rule)
      and (v_filter.worker is null or l.worker = v_filter.worker)
      and (
        v_filter.tab is null or v_filter.tab not in ('waiting', 'in_flight')
        or exists (select from basepool.seats as s where s.generation_id = g.id) = (v_filter.tab = 'in_flight')
      )
  ) as f;
end
$$;

revoke all on function basepool._find_for_action(text, jsonb, timestamptz, integer) from public, anon, authenticated, service_role;

comment on function basepool._find_for_action(text, jsonb, timestamptz, integer) is
'The ids of up to p_max generations that p_action (retry: failed ones, cancel: active ones of ours) would take by p_filter (as
_read_filter reads it at p_now), the newest first. until: what was created after that was not looked at; is_capped: there are more,
or there may be: it looks at 5,000 rows. Raises PT400.';
