-- Before it was claimed it never starts; after, it is cancelled at Replicate. A claim that has it at this moment is not waited
-- for: its answer finds the generation cancelled.
create or replace function basepool._cancel_generation(p_id uuid)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_status text;
begin
  perform from basepool.seats as s where s.generation_id = p_id for no key update;
  select g.status into v_status from public.generations as g where g.id = p_id for no key update;
  if v_status = 'cancelled' then
    return 'already cancelled';
  elsif v_status in ('completed', 'failed') then
    raise exception using
      errcode = 'PT409',
      message = format('the generation is %s', v_status),
      hint = 'Only a pending or processing generation can be cancelled.';
  end if;
  -- what runs for it ends with it (_let_go_of_generation)
  perform basepool._settle_generation(p_id, 'cancelled');
  return 'cancelled';
end
$$;

revoke all on function basepool._cancel_generation(uuid) from public, anon, authenticated, service_role;

comment on function basepool._cancel_generation(uuid) is
'Cancels a generation, whoever owns it. Returns cancelled or already cancelled. Raises PT409 when it has finished.';
