-- Whether a model is an official one its name does not say, and each route of Replicate serves its own kind. What a route does
-- not know was not made there, so that another one may be tried.
create or replace function basepool._try_other_route(p_attempt basepool.attempts, p_status integer, p_body text)
returns basepool.error_rules
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_rule basepool.error_rules := basepool._classify_error('route', p_status, p_body);
  v_route text;
  v_next text;
begin
  if v_rule.name is null or (select m.route from basepool._parse_model(p_attempt.model) as m) <> 'models' then
    return null;
  end if;
  select s.route into v_route from basepool.seats as s where s.id = p_attempt.seat_id and s.attempt_id = p_attempt.id;
  -- each of the three once
  if (
    select count(*) < 2 from basepool.attempts as a
    inner join basepool.error_rules as r on a.error_rule = r.name
    where a.generation_id = p_attempt.generation_id and a.id <> p_attempt.id and r.source = 'route'
  ) then
    v_next := case v_route when 'models' then 'predictions' when 'predictions' then 'latest' else 'models' end;
  end if;

  -- Whoever learns the same at this moment writes the same; nobody waits for it. Who came by an older route has nothing new.
  if pg_try_advisory_xact_lock(hashtextextended('basepool.model_routes ' || p_attempt.model, 0))
    and v_route = coalesce((select o.route from basepool.model_routes as o where o.model = p_attempt.model), 'models') then
    if coalesce(v_next, 'models') = 'models' then
      delete from basepool.model_routes as o where o.model = p_attempt.model;
    else
      insert into basepool.model_routes as o (model, route, learned_at)
      values (p_attempt.model, v_next, basepool.now())
      on conflict (model) do update set route = excluded.route, learned_at = excluded.learned_at;
    end if;
  end if;
  return case when v_next is not null then v_rule end;
end
$$;

revoke all on function basepool._try_other_route(basepool.attempts, integer, text) from public, anon, authenticated, service_role;

comment on function basepool._try_other_route(basepool.attempts, integer, text) is
'Whether a create that was refused with p_status and p_body may be tried by another route, because a rule of source route
matches, the model is written as owner/name, and not all routes were tried for this generation. Remembers the next one for the
model (model_routes). Returns the rule, or null.';
