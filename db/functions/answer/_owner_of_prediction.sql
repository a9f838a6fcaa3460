-- The search may have given equal predictions to each other's attempts; each stays with the attempt that has it, whatever
-- attempt its webhook names. Only within an account: the webhook was verified with the secret of the attempt that it names.
create or replace function basepool._owner_of_prediction(p_attempt uuid, p_prediction_id text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  v_named basepool.attempts;
  v_owner uuid;
begin
  v_named := basepool._find_attempt(p_attempt);
  if v_named.id is null or v_named.prediction_id = p_prediction_id then
    return p_attempt;
  end if;
  select a.id into v_owner
  from basepool._all_attempts() as a
  where
    a.prediction_id = p_prediction_id and a.account_id = v_named.account_id
    and (a.found_by_search or v_named.found_by_search);
  if v_owner is null and v_named.found_by_search then
    -- this one's own prediction went to nobody; it is as good for an equal attempt that has none
    select a.id into v_owner
    from basepool.lost_attempts as l
    inner join basepool._all_attempts() as a on a.id = l.attempt_id and a.seat_id = basepool._seat_of(l.attempt_id)
    inner join public.generations as g on g.id = a.generation_id
    inner join public.generations as n on n.id = v_named.generation_id
    where
      l.account_id = v_named.account_id and a.model = v_named.model and g.replicate_input = n.replicate_input
    order by a.state <> 'unknown', l.leased_at
    limit 1;
  end if;
  return coalesce(v_owner, p_attempt);
end
$$;

revoke all on function basepool._owner_of_prediction(uuid, text) from public, anon, authenticated, service_role;

comment on function basepool._owner_of_prediction(uuid, text) is
'Which attempt a prediction belongs to whose webhook or answer names p_attempt.';
