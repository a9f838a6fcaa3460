-- The only way to another attempt after a lost answer: a proof that there was no prediction, or the end of its time.
create or replace function basepool.record_not_found(p_attempt uuid, p_search bigint)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_attempt basepool.attempts := basepool._lock_attempt(p_attempt);
  v_lost basepool.lost_attempts;
  v_text text;
  v_rule basepool.error_rules;
  v_verdict record;
begin
  select l.* into v_lost from basepool.lost_attempts as l where l.attempt_id = p_attempt and l.search_id = p_search for update;
  if not found then
    raise exception using
      errcode = 'TP023',
      message = format('attempt %s is no longer searched for by this search', p_attempt),
      hint = 'It was found out by other means; nothing was changed.';
  end if;
  v_text := case
    when v_lost.is_absent then 'absent: Replicate never had it'
    when basepool.now() >= (select w.over_at from basepool._when_certain(v_lost.lost_at) as w)
      then 'undecided: it was not found before its deadline'
  end;
  if v_text is null then
    return 'wait';
  end if;

  delete from basepool.lost_attempts as l where l.attempt_id = p_attempt;
  if v_attempt.finished_at is not null then
    delete from basepool.cancellations as c where c.id = p_attempt;
    return 'nothing to cancel';
  end if;

  v_rule := basepool._classify_error('search', null, v_text);
  begin
    select v.* into v_verdict
    from basepool._end_and_decide(
      v_attempt, case when v_lost.is_absent then 'rejected' else 'canceled' end, v_rule, v_text
    ) as v;
  exception when sqlstate 'TP024' then
    perform set_config('basepool.unsettled_because', sqlerrm, true);
    select v.* into v_verdict
    from basepool._end_and_decide(
      v_attempt, case when v_lost.is_absent then 'rejected' else 'canceled' end, v_rule, v_text
    ) as v;
    perform set_config('basepool.unsettled_because', '', true);
  end;
  perform basepool._blame(v_attempt, v_rule, v_text, null);
  return v_verdict.decision;
end
$$;

revoke all on function basepool.record_not_found(uuid, bigint) from public, anon, authenticated, service_role;
grant execute on function basepool.record_not_found(uuid, bigint) to basepool_glue;

comment on function basepool.record_not_found(uuid, bigint) is
'Ends an attempt that conclude_search returned for p_search: the generation is tried again or fails, as the error rules of
source search say; a cancelled one has nothing left to cancel. Returns the decision, wait (not proved) or nothing to cancel.
Raises TP001, TP023 (found out meanwhile, or another search looks for it).';
