-- A cancel of what was looked at one by one: each says for itself what became of it.
create or replace function basepool._cancel_listed(p_ids uuid [], p_dry_run boolean)
returns table (generation_id uuid, outcome text, is_sent boolean, error text)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_found record;
begin
  for v_found in
    select i.id, g.id as known, g.status, g.queued_at, s.id is not null as is_sent, u.generation_id is not null as is_unsettled
    from unnest(p_ids) with ordinality as i (id, nth)
    left join public.generations as g on g.id = i.id
    left join basepool.seats as s on s.generation_id = i.id
    left join basepool.unsettled as u on u.generation_id = i.id
    order by i.nth
  loop
    generation_id := v_found.id;
    is_sent := v_found.is_sent;
    error := null;
    outcome := case
      when v_found.known is null then 'is gone'
      when not coalesce(basepool.is_active(v_found.status), false) then 'is ' || coalesce(v_found.status, 'in no status')
      -- what the app runs itself is the app's to cancel
      when v_found.queued_at is null then 'is run by the app'
      when v_found.is_unsettled then 'has ended already'
      when p_dry_run then 'would be cancelled'
    end;
    if outcome is null then
      select c.outcome, c.error into outcome, error from basepool._try_cancel(generation_id) as c;
    end if;
    return next;
  end loop;
end
$$;

revoke all on function basepool._cancel_listed(uuid [], boolean) from public, anon, authenticated, service_role;

comment on function basepool._cancel_listed(uuid [], boolean) is
'Cancels the generations p_ids, in that order, without waiting for anybody; p_dry_run: only says what would become of them.
outcome: cancelled, would be cancelled, is run by the app, has ended already (and could not be settled yet), or as _try_cancel
says; is_sent: Replicate had it, or would have.';
