-- What a bulk action would take: the newest first, as the page lists them. It walks an index and looks at so many rows at most,
-- whatever the filter and the statistics say; who wants the rest asks again for what is older.
create or replace function basepool._find_for_action(
  p_action text,
  p_filter record,
  p_until timestamptz,
  p_max integer,
  out ids uuid [],
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
  v_since constant timestamptz := coalesce(p_filter.since, '-infinity');
  v_asks_try constant boolean := num_nonnulls(p_filter.token_id, p_filter.rule, p_filter.worker) > 0;
  v_seen integer;
  v_candidates uuid[];
begin
  if p_filter.ids is not null then
    v_candidates := p_filter.ids;
    v_seen := 0;
  elsif p_filter.user_id is not null then
    select array_agg(o.id order by o.created_at desc, o.id), count(*) into v_candidates, v_seen
    from (
      select g.id, g.created_at from public.generations as g
      where g.user_id = p_filter.user_id and g.created_at >= v_since and g.created_at <= p_until
      order by g.user_id, g.created_at desc
      limit v_looks
    ) as o;
  elsif p_action = 'cancel' then
    select array_agg(o.id order by o.created_at desc, o.id), count(*) into v_candidates, v_seen
    from (
      select g.id, g.created_at from public.generations as g
      where basepool.is_active(g.status) and g.created_at >= v_since and g.created_at <= p_until
      order by g.created_at desc
      limit v_looks
    ) as o;
  else
    select array_agg(o.id order by o.created_at desc, o.id), count(*) into v_candidates, v_seen
    from (
      select g.id, g.created_at from public.generations as g
      -- as the index has it
      where g.status in ('failed', 'cancelled') and g.created_at >= v_since and g.created_at <= p_until
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
        p_filter.ids is not null
        or case when p_action = 'retry' then g.status = 'failed' else basepool.is_active(g.status) and g.queued_at is not null end
      )
      and (p_filter.user_id is null or g.user_id = p_filter.user_id)
      and g.created_at >= v_since and g.created_at <= p_until
      and (p_filter.model is null or g.replicate_model = p_filter.model or starts_with(g.replicate_model, p_filter.model || ':'))
      and (p_filter.token_id is null or l.token_id = p_filter.token_id)
      and (p_filter.rule is null or l.error_rule = p_filter.rule)
      and (p_filter.worker is null or l.worker = p_filter.worker)
      and (
        p_filter.tab is null or p_filter.tab not in ('waiting', 'in_flight')
        or exists (select from basepool.seats as s where s.generation_id = g.id) = (p_filter.tab = 'in_flight')
      )
  ) as f;
end
$$;

revoke all on function basepool._find_for_action(text, record, timestamptz, integer) from public, anon, authenticated, service_role;

comment on function basepool._find_for_action(text, record, timestamptz, integer) is
'The ids of up to p_max generations that p_action (retry: failed ones, cancel: active ones of ours) would take by p_filter (what
_read_filter returns), created up to p_until, the newest first. is_capped: there are more, or there may be: it looks at 5,000
rows.';
