-- What became of copies, in sets. SQL decides what follows: another try, or the end; and with a generation's last file, what its
-- owner sees from now on.
create or replace function basepool.record_output_files(p_results jsonb)
returns table (generation_id uuid, nth integer, outcome text)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_leases uuid [];
  v_items jsonb [];
  v_item jsonb;
  v_file basepool.output_files;
  v_hint text;
  v_code text;
  v_again_at timestamptz;
  v_ended uuid [] := array[]::uuid [];
  v_ended_nths integer [] := array[]::integer [];
begin
  perform basepool._check_items(p_results, 'results');
  select
    array_agg(r.item order by r.place)
    , array_agg(case when r.item ->> 'lease' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (r.item ->> 'lease')::uuid end
      order by r.place)
  into v_items, v_leases
  from jsonb_array_elements(p_results) with ordinality as r (item, place);
  -- before any row is: whoever has one of these locks waits for nothing but another of them
  perform basepool._lock_outputs(l.id, p_waits => true)
  from (
    select distinct f.generation_id as id from basepool.output_files as f where f.lease = any(v_leases) order by 1
  ) as l;

  for v_place in 1 .. coalesce(cardinality(v_items), 0) loop
    v_item := v_items[v_place];
    v_file := basepool._lock_file(v_leases[v_place]);
    v_hint := basepool._key_hint(v_file.user_id, v_file.generation_id, v_file.nth);
    v_code := case
      when v_item ->> 'outcome' is distinct from 'stored' then coalesce(v_item ->> 'code', 'source_failed')
      -- what can't be found again is not stored
      when
        not starts_with(coalesce(v_item ->> 'key', ''), v_hint)
        or coalesce(v_item ->> 'sha256', '') !~ '^[0-9a-f]{64}$' or coalesce(v_item ->> 'size', '') !~ '^\d{1,18}$'
        or coalesce(v_item ->> 'content_type', '') = ''
        or coalesce(v_item ->> 'is_private', '') not in ('true', 'false')
        or (v_item ->> 'is_private' = 'false' and coalesce(v_item ->> 'url', '') = '') then 'store_failed'
    end;
    generation_id := coalesce(v_file.generation_id, basepool._named_generation(v_item));
    nth := coalesce(v_file.nth, case when v_item ->> 'nth' ~ '^\d{1,9}$' then (v_item ->> 'nth')::integer end);
    if v_file.state is distinct from 'storing' then
      outcome := 'lost';
      if v_file.state = 'deleting' and v_code is null then
        update basepool.output_files as f
        set key = v_item ->> 'key', thumb_key = nullif(v_item ->> 'thumb_key', ''), lease = null, again_at = v_now
        where f.generation_id = v_file.generation_id and f.nth = v_file.nth;
      end if;
    elsif v_code is null then
      outcome := 'stored';
      update basepool.output_files as f
      set
        state = 'stored', stored_at = v_now, again_at = null, lease = null, error_code = null, error = null
        , key = v_item ->> 'key', url = nullif(v_item ->> 'url', ''), is_private = (v_item ->> 'is_private')::boolean
        , size = (v_item ->> 'size')::bigint, sha256 = v_item ->> 'sha256', content_type = left(v_item ->> 'content_type', 200)
        , width = case when v_item ->> 'width' ~ '^[1-9]\d{0,8}$' then (v_item ->> 'width')::integer end
        , height = case when v_item ->> 'height' ~ '^[1-9]\d{0,8}$' then (v_item ->> 'height')::integer end
        , seconds = case when v_item ->> 'seconds' ~ '^\d{1,9}(\.\d+)?$' then (v_item ->> 'seconds')::numeric end
        , thumb_key = nullif(v_item ->> 'thumb_key', ''), thumb_url = nullif(v_item ->> 'thumb_url', '')
      where f.generation_id = v_file.generation_id and f.nth = v_file.nth;
    else
      v_code := case
        when v_code in (
          'source_gone', 'bad_source', 'too_large', 'bad_type', 'store_refused', 'store_failed', 'interrupted'
        ) then v_code
        else 'source_failed'
      end;
      v_again_at := basepool._try_again_at(
        v_file, v_code, case when v_item ->> 'retry_after' ~ '^\d{1,9}(\.\d+)?$' then (v_item ->> 'retry_after')::numeric end, v_now
      );
      outcome := case when v_again_at is null then 'failed' else 'waiting' end;
      update basepool.output_files as f
      set
        state = outcome, lease = null, again_at = nullif(v_again_at, v_now)
        , tries = case v_code when 'interrupted' then greatest(f.tries - 1, 0) else f.tries end
        , failed_at = case when v_again_at is null then v_now end
        , error_code = case
          when v_again_at is null and v_code in ('source_failed', 'store_failed') then 'expired' else v_code
        end
        , error = coalesce(basepool._printable(nullif(v_item ->> 'error', '')), 'without a word')
      where f.generation_id = v_file.generation_id and f.nth = v_file.nth;
    end if;
    if outcome in ('stored', 'failed') then
      v_ended := v_ended || generation_id;
      v_ended_nths := v_ended_nths || nth;
    end if;
    return next;
  end loop;

  perform basepool._show_outputs(e.id, e.nth)
  from (
    select u.id, min(u.nth) as nth from unnest(v_ended, v_ended_nths) as u (id, nth) group by u.id
  ) as e;
end
$$;

revoke all on function basepool.record_output_files(jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.record_output_files(jsonb) to basepool_glue;

comment on function basepool.record_output_files(jsonb) is
'Records what became of copies. p_results: an array of up to 1000 of {"lease", "outcome": "stored", "key", "url", "is_private",
"size", "sha256", "content_type", "width", "height", "seconds", "thumb_key", "thumb_url"}, of which those after content_type may be
missing, or {"lease", "outcome": "failed", "code", "error", "retry_after"}; code as in basepool.output_files.error_code, of which
interrupted uses up no try; retry_after in seconds, if it is known. Returns for each, in their order, what follows: stored, waiting
(it is tried again), failed (it is not), or lost (the lease is somebody else''s by now: nothing was changed; its generation_id and
nth are known only where the result names them). With the last file of a generation its output_urls and output_thumbs change.
Raises PT400.';
