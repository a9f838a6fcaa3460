-- pg_net tells nobody whether a request arrived: whoever comes next has to look.
create or replace function basepool._read_answers(p_now timestamptz)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_id basepool.alert_messages.id%type;
  v_status_code integer;
  v_timed_out boolean;
  v_error_msg text;
  v_is_answered boolean;
  v_count integer := 0;
begin
  if not basepool._has_net() or not exists (select from basepool.alert_messages as m where m.due_at is not null) then
    return v_count;
  end if;
  for v_id, v_status_code, v_timed_out, v_error_msg, v_is_answered in
    execute format(
      $query$
        select m.id, h.status_code, h.timed_out, h.error_msg, h.id is not null as is_answered
        from (
          select o.id, o.request, o.leased_until from basepool.alert_messages as o
          where o.due_at is not null and o.request is not null
          order by o.id limit 100 for update skip locked
        ) as m
        -- the app may have calls of its own there, of six hours, and only their time is indexed
        left join %I._http_response as h on h.id = m.request and h.created > now() - interval '10 minutes'
        where h.id is not null or m.leased_until <= $1
      $query$, 'net'
    ) using p_now
  loop
    perform basepool._end_message(
      v_id, p_now, v_status_code, case
        when not v_is_answered then 'pg_net did not say what became of it: is its worker up?'
        when v_timed_out then 'it did not answer in time'
        when v_status_code is null then coalesce(v_error_msg, 'it can''t be reached')
      end
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool._read_answers(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._read_answers(timestamptz) is
'Notes what became of the messages that pg_net was given, until p_now: arrived, or to be sent again; one that nothing is known of
after 45 seconds counts as lost. Returns how many. For watch and get_alert_message.';
