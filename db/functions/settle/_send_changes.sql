-- One message per user and transaction, however many of his generations changed in it: what a message costs is paid at the commit,
-- by whoever settles. A message is a hint and never the truth (get_generation_changes is), so that whatever goes wrong with it
-- costs no more than the message, and no more than a second.
create or replace function basepool._send_changes()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '200ms'
set enable_seqscan = off
as $$
declare
  -- so many fit into a notification; who has more reads what changed anyway
  v_most constant integer := 80;
  v_until constant timestamptz := clock_timestamp() + interval '1 second';
  v_has_realtime boolean;
  v_user record;
  v_payload jsonb;
begin
  -- the first one tells all
  if not exists (
    select from basepool.unsent_changes as u
    where u.transaction_id = new.transaction_id and u.user_id = new.user_id and u.generation_id = new.generation_id
  ) then
    return null;
  end if;
  begin
    v_has_realtime := to_regprocedure('realtime.send(jsonb, text, text, boolean)') is not null;
    for v_user in
      with unsent as (
        delete from basepool.unsent_changes as u where u.transaction_id = new.transaction_id
        returning u.user_id, u.generation_id
      ),

      numbered as (
        select u.user_id, u.generation_id, row_number() over (partition by u.user_id order by u.generation_id) as nth
        from unsent as u
      )

      select
        n.user_id as id
        , jsonb_agg(jsonb_build_object('id', n.generation_id, 'status', g.status) order by n.nth) filter (where n.nth <= v_most)
          as changes
        , max(n.nth) > v_most as has_more
      from numbered as n
      -- as it is now, if it is still there; looked up by its key, whatever the statistics say
      cross join lateral (select o.status from public.generations as o where o.id = n.generation_id offset 0) as g
      where n.nth <= v_most + 1
      group by n.user_id
    loop
      v_payload := jsonb_build_object('v', 1, 'changes', coalesce(v_user.changes, '[]'))
        || case when v_user.has_more then '{"more": true}'::jsonb else '{}' end;
      if v_has_realtime then
        perform realtime.send(v_payload, 'changes', 'generations:' || v_user.id, true);
      -- where the server's queue is full, nobody can commit who notifies
      elsif pg_catalog.pg_notification_queue_usage() < 0.5 then
        perform pg_catalog.pg_notify('basepool_changes', (jsonb_build_object('user', v_user.id) || v_payload)::text);
      end if;
      exit when clock_timestamp() > v_until;
    end loop;
  exception when others then
    raise warning 'nobody is told of the changes in this transaction: %', basepool._printable(sqlerrm);
    delete from basepool.unsent_changes as u where u.transaction_id = new.transaction_id;
  end;
  return null;
end
$$;

revoke all on function basepool._send_changes() from public, anon, authenticated, service_role;

comment on function basepool._send_changes() is
'Trigger, deferred to the commit of a transaction in which generations changed: tells each user of his, once, and forgets them. The
message is {"v": 1, "changes": [{"id", "status"}]}, with "more": true where there are more than 80: no prompt, no link. It goes by
realtime.send(payload, event, topic, private) as event changes on the private topic generations:<user>, or where there is none as
a notification on basepool_changes, with "user". realtime.send warns instead of raising, and writes a row of realtime.messages
(github.com/supabase/realtime, lib/realtime/tenants/repo/migrations/20241220123912, 20250128220012). Raises nothing, waits for no
lock longer than 200 ms, and tells no more users when a second has passed. Definer: whoever changes a generation has no rights on
these tables, nor, as a rule, on Realtime''s.';
