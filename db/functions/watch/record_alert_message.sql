-- Whether a message arrived, the sender knows alone.
create or replace function basepool.record_alert_message(p_lease uuid, p_http_status integer, p_error text default null)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_id bigint;
begin
  select m.id into v_id from basepool.alert_messages as m where m.lease = p_lease for update;
  -- whoever was too late does not decide any more: somebody else is at it
  return coalesce(basepool._end_message(v_id, basepool.now(), p_http_status, p_error), 'late');
end
$$;

revoke all on function basepool.record_alert_message(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_alert_message(uuid, integer, text) to basepool_glue;

comment on function basepool.record_alert_message(uuid, integer, text) is
'What became of a message that claim_alert_messages gave out under p_lease: p_http_status, or p_error where there was no answer.
Returns sent, again (it will be sent again), given up, or late (the lease had ended).';
