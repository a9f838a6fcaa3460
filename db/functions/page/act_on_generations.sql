-- Many at once, from the page: it is seen before it is done, and what is done is what was seen. Each that can't be done says
-- why, and keeps no other from it.
create or replace function basepool.act_on_generations(
  p_actor text,
  p_action text,
  p_filter jsonb,
  p_dry_run text default null,
  p_max integer default 1000
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_valid_for constant interval := interval '10 minutes';
  v_filter record;
  v_found record;
  v_run basepool.dry_runs;
  v_id uuid;
  v_problem text;
  v_outcomes jsonb;
  v_statuses jsonb;
  v_error text;
begin
  perform basepool._act_as(p_actor);
  if p_action is null or p_action not in ('retry', 'cancel') then
    raise exception using
      errcode = 'PT400',
      message = format('generations can''t be acted on by %s', basepool._quote(p_action)),
      hint = 'Pass retry or cancel.';
  elsif p_max is null or p_max not between 1 and 1000 then
    raise exception using
      errcode = 'PT400',
      message = format('p_max is %s', coalesce(p_max::text, 'null')),
      hint = 'Act on 1 to 1000 generations at a time.';
  end if;
  select f.* into v_filter from basepool._read_filter(p_filter, v_now) as f;
  if v_filter is null then
    raise exception using
      errcode = 'PT400',
      message = format('nothing says which generations to %s', p_action),
      hint = 'Name ids, or pass a filter; {"tab": "failed"} and {"tab": "waiting"} are one, too.';
  elsif v_filter.tab <> all(case p_action when 'retry' then array['failed'] else array['waiting', 'in_flight'] end) then
    raise exception using
      errcode = 'PT400',
      message = format('there is nothing to %s under %s', p_action, basepool._quote(v_filter.tab)),
      hint = 'What failed can be retried; what waits or is in flight can be cancelled.';
  end if;

  if p_dry_run is null then
    select f.* into v_found from basepool._find_for_action(p_action, p_filter, v_now, p_max) as f;
    insert into basepool.dry_runs (actor, action, filter, generations, until, made_at, expires_at)
    values (p_actor, p_action, p_filter, v_found.ids, v_found.until, v_now, v_now + v_valid_for)
    returning * into v_run;
  else
    begin
      v_id := p_dry_run::uuid;
    exception when data_exception then
      v_id := null;
    end;
    -- whoever has it at this moment carries it out, and nobody a second time
    select d.* into v_run from basepool.dry_runs as d where d.id = v_id for update skip locked;
    v_problem := case
      when v_run.id is null and exists (select from basepool.dry_runs as d where d.id = v_id)
        then 'is being carried out at this moment'
      when v_run.id is null then 'is not known'
      when v_run.actor is distinct from p_actor then 'is another operator''s'
      when v_run.action <> p_action or v_run.filter <> p_filter then 'was of something else'
      when v_run.done_at is not null then 'was carried out already'
      when v_run.expires_at <= v_now then 'is too old'
    end;
    if v_problem is not null then
      raise exception using
        errcode = 'TP068',
        message = format('the dry run %s', v_problem),
        hint = 'Nothing was done by this call. Look again, and then carry out what you see.';
    end if;
    update basepool.dry_runs as d set done_at = v_now where d.id = v_run.id;
  end if;

  select coalesce(jsonb_object_agg(s.status, s.count), '{}') into v_statuses
  from (
    select coalesce(g.status, 'none') as status, count(*) as count
    from public.generations as g
    where g.id = any(v_run.generations)
    group by g.status
  ) as s;
  if p_action = 'retry' then
    select coalesce(jsonb_object_agg(o.outcome, o.count), '{}'), min(o.error) into v_outcomes, v_error
    from (
      select split_part(r.outcome, ': ', 1) as outcome, count(*) as count, min(substring(r.outcome from '^refused: (.*)$')) as error
      from basepool._retry_generations(v_run.generations, null, null, 1000, p_dry_run is null) as r
      group by 1
    ) as o;
  else
    select coalesce(jsonb_object_agg(o.outcome, o.count), '{}'), min(o.error) into v_outcomes, v_error
    from (
      select c.outcome, count(*) as count, min(c.error) as error
      from basepool._cancel_listed(v_run.generations, p_dry_run is null) as c
      group by c.outcome
    ) as o;
  end if;

  if p_dry_run is null then
    perform basepool._act_as(null);
    return jsonb_build_object(
      'dry_run', v_run.id
      , 'action', p_action
      , 'matched', cardinality(v_run.generations)
      , 'capped', v_found.is_capped
      , 'by', v_statuses
      , 'would', v_outcomes
      , 'sample', to_jsonb(v_run.generations[1:10])
      , 'until', v_run.until
      , 'expires_at', v_run.expires_at
    );
  end if;
  perform basepool._audit(p_action, cardinality(v_run.generations) || ' generations', jsonb_build_object(
    'filter', p_filter, 'created_until', v_run.until, 'dry_run', v_run.id, 'was', v_statuses, 'is', v_outcomes, 'error', v_error
    , 'first', to_jsonb(v_run.generations[1:10])
  ));
  perform basepool._act_as(null);
  return jsonb_build_object(
    'action', p_action, 'matched', cardinality(v_run.generations), 'done', v_outcomes, 'error', v_error, 'until', v_run.until
  );
end
$$;

revoke all on function basepool.act_on_generations(text, text, jsonb, text, integer)
from public, anon, authenticated, service_role;
grant execute on function basepool.act_on_generations(text, text, jsonb, text, integer) to basepool_operator, basepool_glue;

comment on function basepool.act_on_generations(text, text, jsonb, text, integer) is
'Retries or cancels up to p_max (1 to 1000) generations. p_actor: the operator who acts, null: whoever is logged in; p_action:
retry (failed ones) or cancel (active ones that the app does not run itself); p_filter: as _read_filter reads it. Without
p_dry_run it only looks, and fixes what it has found, the newest of what was created by now: {dry_run, action, matched, capped
(there are more, or there may be), by: {status: count}, would: {outcome: count}, sample: [up to ten ids], until, expires_at}.
With p_dry_run, within ten minutes, once, and with the same actor, action and filter, it does it to these: {action, matched,
done: {outcome: count}, error (the first), until}. Outcomes are those of retry_generations and _cancel_listed. Leaves one row in
the audit. Raises PT400, TP068 (the dry run can''t be carried out: unknown, another''s, of something else, done already, too
old).';
