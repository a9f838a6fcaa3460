-- Where users may write any column of their generations, because the app does so in their name, what basepool runs and what it
-- notes are not among them: a result that was paid for, the hook that is called once, the limit that a retry is free of.
create or replace function basepool._guard_generation()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
declare
  -- what the app's users mark, move or call as they like is the app's affair
  v_ours constant text[] := array[
    'id', 'user_id', 'action', 'replicate_model', 'replicate_input', 'settings', 'status', 'output_urls', 'output_thumbs'
    , 'output_text', 'replicate_prediction_id', 'replicate_token_index', 'replicate_output', 'processing_time_ms', 'error_message'
    , 'cost_credits', 'cost_usd', 'created_at', 'started_at', 'completed_at', 'queued_at', 'settled_at', 'retry_of'
    , 'idempotency_key', 'is_keyframe_segment'
  ];
  v_name text;
begin
  if tg_op = 'INSERT' then
    v_name := case
      when new.settled_at is not null then 'settled_at'
      when new.retry_of is not null then 'retry_of'
      when new.status <> 'pending' then 'status'
      when new.replicate_prediction_id is not null then 'replicate_prediction_id'
      when new.output_urls is not null then 'output_urls'
      when new.replicate_output is not null then 'replicate_output'
      when new.cost_usd is not null then 'cost_usd'
      when
        new.cost_credits is distinct from 1 and new.cost_credits::text is distinct from (
          select pg_catalog.pg_get_expr(d.adbin, d.adrelid)
          from pg_catalog.pg_attribute as a
          inner join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = tg_relid and a.attname = 'cost_credits'
        )
        then 'cost_credits'
    end;
  elsif old.queued_at is null and new.queued_at is null then
    v_name := case
      when new.settled_at is distinct from old.settled_at then 'settled_at'
      when new.retry_of is distinct from old.retry_of then 'retry_of'
      else 'idempotency_key'
    end;
  else
    v_name := (
      select o.name
      from unnest(v_ours) as o (name)
      where to_jsonb(new) -> o.name is distinct from to_jsonb(old) -> o.name
      limit 1
    );
  end if;
  if v_name is null then
    return new;
  end if;
  raise exception using
    errcode = 'PT403',
    message = format('%s of a generation that basepool runs is not the user''s to write', v_name),
    hint = 'Submit with submit_generation, cancel with cancel_generation; what else has to be written the app''s server writes.';
end
$$;

revoke all on function basepool._guard_generation() from public, anon, authenticated, service_role;

comment on function basepool._guard_generation() is
'Trigger, before a user (the roles anon and authenticated) writes a generation that basepool runs, or what basepool notes in one of
the app''s: lets marks and the app''s own columns through. Raises PT403. Calls nothing of basepool, on whose schema users have no
rights.';
