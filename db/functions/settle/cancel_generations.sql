-- Something went wrong on a large scale and is to be stopped. It is seen before it is done; done in steps of which each commits, so
-- that nobody waits for all of it; and only what was there when it was looked at.
create or replace function basepool.cancel_generations(
  p_user uuid default null,
  p_model text default null,
  p_all boolean default false,
  p_dry_run boolean default true,
  p_cursor jsonb default null,
  p_max integer default 500
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_before constant timestamptz := coalesce((p_cursor ->> 'before')::timestamptz, basepool.now());
  v_at timestamptz := coalesce((p_cursor ->> 'at')::timestamptz, '-infinity');
  v_id uuid := coalesce((p_cursor ->> 'id')::uuid, '00000000-0000-0000-0000-000000000000');
  v_max constant integer := least(greatest(p_max, 1), 1000);
  v_found record;
  v_done record;
  v_seen integer := 0;
  v_cancelled integer := 0;
  v_sent integer := 0;
  v_busy integer := 0;
  v_failed integer := 0;
  v_error text;
begin
  if (p_user is not null or p_model is not null) = coalesce(p_all, false) then
    raise exception using
      errcode = 'PT400',
      message = case when p_all then 'all, and yet only some' else 'nothing says which generations to cancel' end,
      hint = 'Name a user, a model, or both; or say that all are meant.';
  end if;

  if p_dry_run then
    return (
      with found as materialized (
        select f.* from basepool._find_cancellable(p_user, p_model, v_before, v_at, v_id, null) as f
      ),

      by_model as (
        select
          f.model, count(*) filter (where not f.is_sent) as waiting, count(*) filter (where f.is_sent) as sent
          , count(distinct f.user_id) as users
        from found as f
        group by f.model
        order by count(*) desc, f.model
        limit 20
      )

      select jsonb_build_object(
        'waiting', count(*) filter (where not f.is_sent),
        'sent', count(*) filter (where f.is_sent),
        'users', count(distinct f.user_id),
        'models', (select coalesce(jsonb_agg(to_jsonb(m)), '[]') from by_model as m),
        'cursor', jsonb_build_object('before', v_before)
      )
      from found as f
    );
  end if;

  for v_found in select f.* from basepool._find_cancellable(p_user, p_model, v_before, v_at, v_id, v_max) as f loop
    v_seen := v_seen + 1;
    v_at := v_found.created_at;
    v_id := v_found.id;
    v_done := basepool._try_cancel(v_found.id);
    v_cancelled := v_cancelled + (v_done.outcome = 'cancelled')::integer;
    v_sent := v_sent + (v_done.outcome = 'cancelled' and v_found.is_sent)::integer;
    v_busy := v_busy + (v_done.outcome = 'busy')::integer;
    v_failed := v_failed + (v_done.outcome = 'failed')::integer;
    v_error := coalesce(v_error, v_done.error);
  end loop;
  if v_seen > 0 then
    perform basepool._audit(
      'cancel', concat_ws(', ', 'user ' || p_user, 'model ' || p_model, case when p_all then 'all' end)
      , jsonb_build_object('cancelled', v_cancelled, 'sent', v_sent, 'failed', v_failed, 'created_before', v_before)
    );
  end if;
  return jsonb_build_object(
    'cancelled', v_cancelled,
    'sent', v_sent,
    'busy', v_busy,
    'failed', v_failed,
    'error', v_error,
    'cursor', case when v_seen = v_max then jsonb_build_object('before', v_before, 'at', v_at, 'id', v_id) end
  );
end
$$;

revoke all on function basepool.cancel_generations(uuid, text, boolean, boolean, jsonb, integer)
from public, anon, authenticated, service_role;
grant execute on function basepool.cancel_generations(uuid, text, boolean, boolean, jsonb, integer) to basepool_glue;

comment on function basepool.cancel_generations(uuid, text, boolean, boolean, jsonb, integer) is
'Cancels many: those of p_user, of p_model (and its versions), of both, or p_all. p_dry_run: only counts, {waiting, sent
(Replicate has them, or will), users, models: [{model, waiting, sent, users}] (the 20 with most), cursor}. Then call it with
p_cursor from there, and again with the cursor of each answer until that is null: each call is one step of up to p_max (1000) and
returns {cancelled, sent, busy (somebody held them), failed (TP024), error (the first), cursor}. What came in after the dry run
stays, and what the app runs itself. Raises PT400.';
