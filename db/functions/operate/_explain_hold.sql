-- Why one may not begin, whatever its place: the same as the claim goes by, in words for its owner and in words for ours.
create or replace function basepool._explain_hold(
  p_user uuid,
  p_model text,
  out waits_for text,
  out reason text,
  out error text,
  out earliest_start timestamptz
)
language sql
volatile
set search_path = ''
as $$
  select
    case when h.is_breaker then 'breaker' else 'pause' end
    , case
      when h.is_breaker and h.kind = 'provider' then 'Replicate fails; it is tried until it works again'
      when h.is_breaker then 'its model fails at Replicate; it is tried until it works again'
      when h.kind = 'pool' then 'nothing is sent for the time being'
      when h.kind = 'user' then 'nothing of its user is sent for the time being'
      else 'nothing is sent to its model for the time being' end
    , h.says
    , h.until
  from basepool._list_holds() as h
  where (h.kind, h.name) in (('pool', ''), ('provider', ''), ('user', p_user::text), ('model', basepool._model_name(p_model)))
  order by h.is_breaker, h.until desc nulls first
  limit 1
$$;

revoke all on function basepool._explain_hold(uuid, text) from public, anon, authenticated, service_role;

comment on function basepool._explain_hold(uuid, text) is
'What holds back what p_user sends to p_model, as _explain_generation says it: a pause before a breaker, and of pauses the one that
lasts longest. Null where nothing does.';
