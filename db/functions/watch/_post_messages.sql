-- Where pg_net is, an alarm goes out at the commit of whoever noticed, and needs no process of ours.
create or replace function basepool._post_messages(p_now timestamptz)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_message record;
  v_url record;
  v_request bigint;
  v_count integer := 0;
begin
  if not basepool._has_net() then
    return v_count;
  end if;
  for v_message in
    select d.id, d.body, case d.kind when 'heartbeat' then s.heartbeat_url else s.alert_url end as stored
    from basepool._due_messages(p_now, 50) as d
    cross join basepool.settings as s
    order by d.id
  loop
    v_url := basepool._read_url(v_message.stored);
    if v_url.url is null then
      perform basepool._end_message(v_message.id, p_now, null, 'where to send it can''t be read: ' || v_url.problem);
      continue;
    end if;
    begin
      execute format('select %I.http_post(url := $1, body := $2, timeout_milliseconds := 10000)', 'net')
        into v_request using v_url.url, v_message.body;
      update basepool.alert_messages as m
      set request = v_request, lease = gen_random_uuid(), leased_until = p_now + interval '45 seconds'
      where m.id = v_message.id;
      v_count := v_count + 1;
    exception when others then
      -- without its message, which may quote the URL; the others are sent all the same
      perform basepool._end_message(v_message.id, p_now, null, format('pg_net refuses it (SQLSTATE %s)', sqlstate));
    end;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool._post_messages(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._post_messages(timestamptz) is
'Hands the messages that are due at p_now to pg_net, where that is. Returns how many. For watch and send_test_alert.';
