-- One box for whatever somebody has in hand: an id, Replicate's name of a prediction, a key of the app's, a user.
create or replace function basepool.page_find(p_text text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_uuid constant text := '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
  v_most constant integer := 500;
  v_text constant text := coalesce(regexp_replace(p_text, '^\s+|\s+$', '', 'g'), '');
  v_parts constant text [] := regexp_match(v_text, format('^(%s)\s*[\s:/]\s*(\S.*)$', v_uuid));
  v_id uuid;
  v_user uuid;
  v_found uuid [] := array[]::uuid [];
begin
  if length(v_text) > 300 then
    raise exception using
      errcode = 'PT400',
      message = format('nothing has a name of %s characters', length(v_text)),
      hint = 'Look for the id of a generation, an attempt or a user, a prediction id, or an idempotency key.';
  elsif v_text = '' then
    return jsonb_build_object('generations', '[]'::jsonb, 'user_id', null, 'complete', true);
  end if;

  if v_text ~ format('^%s$', v_uuid) then
    v_id := v_text::uuid;
    v_found := array(select g.id from public.generations as g where g.id = v_id) || array(
      select a.generation_id from basepool._all_attempts() as a where a.id = v_id and a.generation_id <> v_id
    );
    select v_id into v_user
    where
      exists (select from basepool.user_limits as u where u.user_id = v_id)
      or exists (select from public.generations as g where g.user_id = v_id);
  elsif v_parts is not null then
    -- the key of a user's, for which there is an index
    v_user := v_parts[1]::uuid;
    return jsonb_build_object(
      'generations', to_jsonb(array(
        select g.id from public.generations as g where g.user_id = v_user and g.idempotency_key = v_parts[2]
      ))
      , 'user_id', null, 'complete', true
    );
  end if;

  -- predictions and their attempts; what the app has sent by itself; and keys, of which no index knows without the user
  v_found := v_found || array(
    select a.generation_id from basepool.attempts as a where a.prediction_id = v_text
    union
    select s.generation_id from basepool.seats as s where s.attempt_id is not null and s.prediction_id = v_text
    union
    select g.id from public.generations as g where g.replicate_prediction_id = v_text
  );
  if v_found = '{}' and v_user is null then
    v_found := array(
      select distinct g.id
      from (
        (
          select a.generation_id as id from basepool.attempts as a order by a.finished_at desc limit v_most
        )
        union all
        (
          select o.id from public.generations as o
          where o.status in ('pending', 'queued', 'processing') and o.created_at > '-infinity'
          order by o.created_at desc
          limit v_most
        )
        union all
        (
          select o.id from public.generations as o
          where o.status in ('failed', 'cancelled') and o.created_at > '-infinity'
          order by o.created_at desc
          limit v_most
        )
      ) as r
      -- looked up one by one, whatever the statistics are
      cross join lateral (select o.id, o.idempotency_key from public.generations as o where o.id = r.id limit 1) as g
      where g.idempotency_key = v_text
      limit 20
    );
  end if;
  return jsonb_build_object(
    'generations', (select coalesce(jsonb_agg(distinct f.id), '[]') from unnest(v_found) as f (id))
    , 'user_id', v_user
    , 'complete', v_found <> '{}' or v_user is not null
  );
end
$$;

revoke all on function basepool.page_find(text) from public, anon, authenticated, service_role;
grant execute on function basepool.page_find(text) to basepool_glue, basepool_operator;

comment on function basepool.page_find(text) is
'What p_text names, for the search box of the operator''s page: {generations: their ids, user_id: it, where it is a user''s or null,
complete}. p_text: the id of a generation, of an attempt, or of a user; a prediction id; an idempotency key, after its user''s id
and a blank, or alone: then it is looked for among the newest 500 that are not over, that ended, and that failed or were cancelled,
and complete is false where nothing was found. Raises PT400 for more than 300 characters.';
