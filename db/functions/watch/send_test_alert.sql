-- Whether alarms arrive is to be known before one rings.
create or replace function basepool.send_test_alert()
returns bigint
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_url record;
  v_id bigint;
begin
  select u.url, u.problem into v_url from basepool.settings as s cross join lateral basepool._read_url(s.alert_url) as u;
  if v_url.url is null then
    raise exception using
      errcode = 'TP060',
      message = format('alarms can''t be sent: alert_url: %s', v_url.problem),
      hint = 'Put the URL into Vault, then as the owner: basepool settings set alert_url vault:NAME; without Vault, the URL itself.';
  end if;
  v_id := basepool._write_message('test', null, v_now);
  perform basepool._audit('alerts test', null);
  perform basepool._post_messages(v_now);
  return v_id;
end
$$;

revoke all on function basepool.send_test_alert() from public, anon, authenticated, service_role;
grant execute on function basepool.send_test_alert() to basepool_glue;

comment on function basepool.send_test_alert() is
'Writes a test message to alert_url, and hands it to pg_net where that is. Returns its number, for get_alert_message. Raises TP060
where alert_url is not set or can''t be read.';
