-- A retry is what the first one was, whatever columns the app has; only what became of it is left behind.
create or replace function basepool._copy_generation(p_old public.generations)
returns uuid
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_columns text;
  v_id uuid;
begin
  select string_agg(format('%I', a.attname), ', ' order by a.attnum) into v_columns
  from pg_catalog.pg_attribute as a
  where a.attrelid = 'public.generations'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
  execute format(
    'insert into public.generations (%1$s) select %1$s from jsonb_populate_record($1, $2) on conflict do nothing returning id'
    , v_columns
  )
  into v_id
  using p_old, jsonb_build_object(
    'id', gen_random_uuid(), 'status', 'pending', 'cost_credits', 0, 'retry_of', p_old.id
    , 'created_at', basepool.now(), 'queued_at', basepool.now(), 'started_at', null, 'completed_at', null, 'settled_at', null
    , 'processing_time_ms', null, 'error_message', null, 'cost_usd', null, 'idempotency_key', null
    , 'replicate_prediction_id', null, 'replicate_token_index', null, 'replicate_output', null
    , 'output_urls', null, 'output_thumbs', null, 'output_text', null
    , 'viewed', false, 'viewed_at', null, 'is_favorite', false
  );
  return v_id;
end
$$;

revoke all on function basepool._copy_generation(public.generations) from public, anon, authenticated, service_role;

comment on function basepool._copy_generation(public.generations) is
'Inserts a generation that runs p_old again, at no price and beyond its user''s limit. Returns its id, or null when somebody
has done so before.';
