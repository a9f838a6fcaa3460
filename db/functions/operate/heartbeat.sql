-- A worker says that it lives and what it does, and hears what it has to tell its owner: its log is what somebody reads at night.
create or replace function basepool.heartbeat(
  p_worker text,
  p_version text,
  p_schema_version integer,
  p_doing text,
  p_hands integer,
  p_hands_free integer,
  p_orders_webhooks boolean
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  if p_doing is null then
    delete from basepool.workers as w where w.name = p_worker;
  else
    insert into basepool.workers as w
      (name, version, schema_version, since, heard_at, doing, hands, hands_free, busy_since, orders_webhooks)
    values (
      p_worker, p_version, p_schema_version, v_now, v_now, left(p_doing, 200), p_hands, p_hands_free
      , case when p_hands_free = 0 then v_now end, p_orders_webhooks
    )
    on conflict (name) do update
    set
      version = excluded.version, schema_version = excluded.schema_version, heard_at = excluded.heard_at, doing = excluded.doing
      -- who was silent for long is another one of that name
      , since = case when w.heard_at < v_now - basepool._silence_of_workers() then excluded.since else w.since end
      , hands = excluded.hands, hands_free = excluded.hands_free, orders_webhooks = excluded.orders_webhooks
      , busy_since = case when excluded.hands_free = 0 then coalesce(w.busy_since, v_now) end;
  end if;
  perform basepool._count_attempts('15 seconds');
  perform basepool._watch_budgets();
  -- also where pg_cron is dead, or never was
  if p_doing is not null then
    perform basepool._watch_if_due(v_now);
  end if;
  return jsonb_build_object(
    'schema', (select to_jsonb(s) from basepool.schema_version() as s),
    'findings', (select coalesce(jsonb_object_agg(f.name, f.says), '{}') from basepool._list_findings(v_now) as f),
    'has_alerts', basepool._has_due_messages(v_now)
  );
end
$$;

revoke all on function basepool.heartbeat(text, text, integer, text, integer, integer, boolean)
from public, anon, authenticated, service_role;
grant execute on function basepool.heartbeat(text, text, integer, text, integer, integer, boolean) to basepool_glue;

comment on function basepool.heartbeat(text, text, integer, text, integer, integer, boolean) is
'Every two seconds, from each worker. p_worker: its name; p_version, p_schema_version: of the glue; p_doing: what it does, or
null when it stops; p_hands: how many calls it makes at once; p_hands_free: how many of them are not under way, one at least where
one was free a moment ago; p_orders_webhooks: whether it has a PUBLIC_URL. Returns {schema: as schema_version says, findings:
{name: what is wrong}, has_alerts: whether there are messages about alarms that the glue has to send}.';
