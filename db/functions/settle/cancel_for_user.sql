-- The operator's cancel, from the command line.
create or replace function basepool.cancel_for_user(p_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_outcome text;
  v_was text;
begin
  select g.status into v_was from public.generations as g where g.id = p_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s', coalesce(p_id::text, 'null')),
      hint = 'See basepool status for what runs.';
  end if;
  v_outcome := basepool._cancel_generation(p_id);
  perform basepool._audit('cancel', p_id::text, jsonb_build_object(
    'outcome', v_outcome, 'status', jsonb_build_object('was', v_was, 'is', 'cancelled')
  ));
  return v_outcome;
end
$$;

revoke all on function basepool.cancel_for_user(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.cancel_for_user(uuid) to basepool_glue;

comment on function basepool.cancel_for_user(uuid) is
'Cancels any generation. Returns cancelled or already cancelled. Raises PT404 and PT409.';
