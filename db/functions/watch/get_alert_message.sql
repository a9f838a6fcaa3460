-- Whoever sends a test wants to know whether it arrived, now and not with the next run.
create or replace function basepool.get_alert_message(p_id bigint)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform basepool._read_answers(basepool.now());
  return (
    select jsonb_build_object('id', m.id, 'kind', m.kind, 'tries', m.tries, 'sent_at', m.sent_at, 'error', m.error)
    from basepool.alert_messages as m where m.id = p_id
  );
end
$$;

revoke all on function basepool.get_alert_message(bigint) from public, anon, authenticated, service_role;
grant execute on function basepool.get_alert_message(bigint) to basepool_glue;

comment on function basepool.get_alert_message(bigint) is
'What became of message p_id: {id, kind, tries, sent_at (null: not yet), error (of the last try)}; null where there is none.';
