-- Equal candidates are interchangeable, and each is given to one attempt only: the oldest that somebody still waits for.
create or replace function basepool.match_predictions(p_account bigint, p_started_at timestamptz, p_predictions jsonb)
returns table (attempt_id uuid, prediction_id text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_settings basepool.settings;
  v_wanted record;
  v_match record;
  v_given text[] := array[]::text[];
begin
  if jsonb_typeof(p_predictions) is distinct from 'array' then
    raise exception using
      errcode = 'PT400',
      message = 'p_predictions is not a JSON array',
      hint = 'Pass the results of one page, as Replicate lists them.';
  end if;
  select s.* into v_settings from basepool.settings as s;

  for v_wanted in
    select a.id, a.model, a.leased_at, a.lost_at, g.replicate_input
    from basepool.attempts as a
    left join public.generations as g on g.id = a.generation_id
    where a.account_id = p_account and a.search_at is not null and a.searched_at = p_started_at and a.prediction_id is null
    order by a.state <> 'unknown', a.leased_at, a.id
  loop
    select u.id, u.verdict into v_match
    from (
      select p.value ->> 'id' as id, p.value ->> 'created_at' as created_at
        , basepool._recognize_prediction(v_wanted.model, v_wanted.replicate_input, p.value) as verdict
      from jsonb_array_elements(p_predictions) as p (value)
      where
        coalesce(p.value ->> 'id', '') <> '' and p.value ->> 'id' <> all(v_given)
        and (p.value ->> 'created_at')::timestamptz between v_wanted.leased_at - interval '10 seconds'
        and v_wanted.lost_at + v_settings.absence_after + interval '10 seconds'
        and not exists (select from basepool.attempts as o where o.prediction_id = p.value ->> 'id')
    ) as u
    where u.verdict <> 'different'
    order by u.verdict <> 'same', u.created_at
    limit 1;
    continue when not found;
    if v_match.verdict = 'same' then
      v_given := v_given || v_match.id;
      attempt_id := v_wanted.id;
      prediction_id := v_match.id;
      return next;
    else
      update basepool.attempts as a set doubt_prediction_id = v_match.id where a.id = v_wanted.id;
    end if;
  end loop;

  -- last, because claims wait for this row
  update basepool.accounts as c set search_until = basepool.now() + v_settings.lease_time where c.id = p_account;
  perform basepool._spend_reads(p_account, 1);
end
$$;

revoke all on function basepool.match_predictions(bigint, timestamptz, jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.match_predictions(bigint, timestamptz, jsonb) to basepool_glue;

comment on function basepool.match_predictions(bigint, timestamptz, jsonb) is
'Finds on one page of an account''s list (p_predictions: its results) what belongs to the attempts of the search that began at
p_started_at. Returns which prediction is to be applied to which attempt; notes what may be one. Raises PT400.';
