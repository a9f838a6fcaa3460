-- One commit for many, and one bad item costs itself: first what is plain, together; then the others, each in a transaction of
-- its own within this one.
create or replace function basepool._apply_items(p_items jsonb, p_source text)
returns table (nth integer, outcome text, rule text, retry_at timestamptz, error jsonb)
language plpgsql
volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_count constant integer := jsonb_array_length(p_items);
  v_done integer[] := array[]::integer[];
  v_outcomes text[];
  v_item record;
  v_code text;
  v_message text;
  v_detail text;
  v_hint text;
  v_because text;
begin
  if v_count > 1 then
    begin
      select array_agg(p.nth), array_agg(p.outcome) into v_done, v_outcomes from basepool._apply_plain(p_items, p_source) as p;
    exception when others then
      -- whose fault it was is found out one by one
      v_done := null;
    end;
    return query
      select p.nth, p.outcome, null::text, null::timestamptz, null::jsonb from unnest(v_done, v_outcomes) as p (nth, outcome);
  end if;
  if v_count - coalesce(cardinality(v_done), 0) > 1 then
    -- as they are locked everywhere, in the order of seats: two calls with the same ones can't wait for each other
    begin
      perform
      from (
        select (i.value ->> 'attempt')::uuid as attempt_id
        from jsonb_array_elements(p_items) with ordinality as i (value, nth)
        where
          i.nth <> all(coalesce(v_done, array[]::integer[]))
          and i.value ->> 'attempt' ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        order by attempt_id
      ) as i
      cross join lateral (
        select from basepool.seats as s
        where s.id = basepool._seat_of(i.attempt_id) and s.attempt_id = i.attempt_id
        for no key update
      ) as s;
    exception when lock_not_available then
      -- somebody else holds one of them: the others shall not pay for it with the time of the call
      perform set_config('lock_timeout', '50', true);
    end;
  end if;
  for v_item in
    select i.nth::integer as nth, i.value as item
    from jsonb_array_elements(p_items) with ordinality as i (value, nth)
    where i.nth <> all(coalesce(v_done, array[]::integer[]))
    order by i.nth
  loop
    nth := v_item.nth;
    error := null;
    v_because := null;
    loop
      begin
        if v_because is not null then
          perform set_config('basepool.unsettled_because', v_because, true);
        end if;
        select a.outcome, a.rule, a.retry_at into outcome, rule, retry_at from basepool._apply_item(v_item.item, p_source) as a;
        exit;
      exception when others then
        get stacked diagnostics
          v_code = returned_sqlstate, v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
        -- the server's trouble, no item's
        if left(v_code, 2) in ('53', '57', '58', 'XX') then
          raise;
        elsif v_code = '55P03' then
          perform set_config('lock_timeout', '50', true);
        elsif v_code = 'TP024' and v_because is null then
          -- Replicate has ended it all the same: its attempt ends, and its generation when the hook works
          v_because := v_message;
          continue;
        end if;
        outcome := null;
        rule := null;
        retry_at := null;
        error := jsonb_build_object('code', v_code, 'message', v_message, 'detail', v_detail, 'hint', v_hint);
        exit;
      end;
    end loop;
    if v_because is not null then
      perform set_config('basepool.unsettled_because', '', true);
    end if;
    return next;
  end loop;
end
$$;

revoke all on function basepool._apply_items(jsonb, text) from public, anon, authenticated, service_role;

comment on function basepool._apply_items(jsonb, text) is
'What apply_predictions and record_answers have in common. p_source: of items that name none. Returns for each item its nth,
from 1, and what they say.';
