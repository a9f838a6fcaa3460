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
    'pause'
    , case h.kind when 'pool' then 'nothing is sent for the time being'
      when 'user' then 'nothing of its user is sent for the time being'
      else 'nothing is sent to its model for the time being' end
    , h.says
    , h.until
  from basepool._list_holds() as h
  where (h.kind, h.name) in (('pool', ''), ('user', p_user::text), ('model', basepool._model_name(p_model)))
  order by h.until desc nulls first
  limit 1
$$;

revoke all on function basepool._explain_hold(uuid, text) from public, anon, authenticated, service_role;

comment on function basepool._explain_hold(uuid, text) is
'What holds back what p_user sends to p_model, as _explain_generation says it: the one that lasts longest. Null where nothing
does.';
