-- A row is forgotten when its file is: until then it is the only one that knows of it.
create or replace function basepool.record_deleted_files(p_results jsonb)
returns table (generation_id uuid, nth integer, outcome text)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_item jsonb;
  v_generation uuid;
  v_nth integer;
begin
  perform basepool._check_items(p_results, 'results');
  for v_item in
    select r.item from jsonb_array_elements(p_results) with ordinality as r (item, place) order by r.place
  loop
    v_generation := basepool._named_generation(v_item);
    v_nth := case when v_item ->> 'nth' ~ '^\d{1,9}$' then (v_item ->> 'nth')::integer end;
    generation_id := v_generation;
    nth := v_nth;
    perform from basepool.output_files as f
    where f.generation_id = v_generation and f.nth = v_nth and f.state = 'deleting'
    for update skip locked;
    if not found then
      outcome := 'lost';
    elsif v_item ->> 'ok' = 'true' then
      outcome := 'deleted';
      delete from basepool.output_files as f
      where f.generation_id = v_generation and f.nth = v_nth;
    else
      outcome := 'waiting';
      update basepool.output_files as f
      set
        tries = f.tries + 1, error = basepool._printable(nullif(v_item ->> 'error', ''))
        , again_at = v_now + least(interval '10 seconds' * power(2, least(f.tries, 10)), interval '1 hour')
      where f.generation_id = v_generation and f.nth = v_nth;
    end if;
    return next;
  end loop;
end
$$;

revoke all on function basepool.record_deleted_files(jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.record_deleted_files(jsonb) to basepool_glue;

comment on function basepool.record_deleted_files(jsonb) is
'Records what became of deletions. p_results: an array of up to 1000 of {"generation_id", "nth", "ok": whether it is gone from the
store, "error"}. Returns for each, in their order: deleted (the row is gone, too), waiting (it is tried again, at pauses that double
from ten seconds up to an hour), lost (somebody else was there before). Raises PT400.';
