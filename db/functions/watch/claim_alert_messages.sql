-- Where the database can't make calls, the glue makes them.
create or replace function basepool.claim_alert_messages(p_max integer default 10)
returns table (lease uuid, url text, body jsonb)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_message record;
  v_url record;
begin
  if basepool._has_net() then
    return;
  end if;
  for v_message in
    select d.id, d.body, case d.kind when 'heartbeat' then s.heartbeat_url else s.alert_url end as stored
    from basepool._due_messages(v_now, p_max) as d
    cross join basepool.settings as s
    order by d.id
  loop
    v_url := basepool._read_url(v_message.stored);
    if v_url.url is null then
      perform basepool._end_message(v_message.id, v_now, null, 'where to send it can''t be read: ' || v_url.problem);
      continue;
    end if;
    return query
      update basepool.alert_messages as m
      set lease = gen_random_uuid(), leased_until = v_now + interval '45 seconds'
      where m.id = v_message.id
      returning m.lease, v_url.url, m.body;
  end loop;
end
$$;

revoke all on function basepool.claim_alert_messages(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_alert_messages(integer) to basepool_glue;

comment on function basepool.claim_alert_messages(integer) is
'Up to p_max messages that are to be sent now, each for the caller alone for 45 seconds: lease, url (a secret), body. None
where pg_net
sends them. For the glue, which calls record_alert_message for each.';
