-- Equal candidates are interchangeable, and each is given to one attempt only: the oldest that somebody still waits for.
create or replace function basepool.match_predictions(
  p_search bigint,
  p_predictions jsonb,
  p_begins_page boolean default true
)
returns table (attempt_id uuid, prediction_id text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_wanted record;
  v_match record;
  v_given text[] := array[]::text[];
  v_created timestamptz[];
begin
  if jsonb_typeof(p_predictions) is distinct from 'array' then
    raise exception using
      errcode = 'PT400',
      message = 'p_predictions is not a JSON array',
      hint = 'Pass the results of one page, as Replicate lists them.';
  end if;
  update basepool.searches as s
  set
    pages = s.pages + p_begins_page::integer, leased_until = basepool.now() + c.lease_time
    , skipped = s.skipped + k.skipped, skipped_what = coalesce(s.skipped_what, k.what)
  from basepool.settings as c
  cross join (
    select
      count(*) as skipped
      , (array_agg(left(format(
        'prediction %s: %s%s', coalesce(p.value ->> 'id', 'without an id')
        , nullif(p.value #>> '{basepool_replaced,values,0,at}', '') || ': ', p.value #>> '{basepool_replaced,values,0,was}'
      ), 300) order by p.nth))[1] as what
    from jsonb_array_elements(p_predictions) with ordinality as p (value, nth)
    where p.value ? 'basepool_replaced'
  ) as k
  where s.id = p_search and s.ended_at is null;
  select array_agg(basepool._read_time(p.value ->> 'created_at') order by p.nth) into v_created
  from jsonb_array_elements(p_predictions) with ordinality as p (value, nth);

  -- what has an attempt already, by its own answer or an earlier guess, is not to be given again
  select v_given || coalesce(array_agg(t.prediction_id), '{}') into v_given
  from (
    select p.value ->> 'id' as prediction_id from jsonb_array_elements(p_predictions) as p (value)
    intersect
    (
      select s.prediction_id from basepool.seats as s where s.attempt_id is not null
      union all
      select a.prediction_id from basepool.attempts as a
      where a.prediction_id in (select p.value ->> 'id' from jsonb_array_elements(p_predictions) as p (value))
    )
  ) as t;

  for v_wanted in
    select l.attempt_id, a.model, basepool._input_as_sent(g.replicate_input, l.input_hash) as input
      , l.leased_at - interval '10 seconds' as created_after, w.provable_at + interval '10 seconds' as created_before
    from basepool.searches as s
    inner join basepool.lost_attempts as l on l.search_id = s.id
    inner join basepool._all_attempts() as a on a.id = l.attempt_id and a.seat_id = basepool._seat_of(l.attempt_id)
    left join public.generations as g on g.id = a.generation_id
    cross join lateral basepool._when_certain(l.lost_at) as w
    where s.id = p_search and s.ended_at is null
    order by a.state <> 'unknown', l.leased_at, l.attempt_id
  loop
    select u.id, u.verdict into v_match
    from (
      select i.id, i.created_at
        -- whatever else it says, without an id it can't be given, and without a time it need not be of that time
        , case when i.verdict = 'same' and (i.id is null or i.created_at is null) then 'perhaps' else i.verdict end as verdict
      from (
        select
          case when jsonb_typeof(p.value -> 'id') = 'string' then nullif(p.value ->> 'id', '') end as id
          , v_created[p.nth] as created_at
          , basepool._recognize_prediction(v_wanted.model, v_wanted.input, p.value) as verdict
        from jsonb_array_elements(p_predictions) with ordinality as p (value, nth)
        where
          coalesce(p.value ->> 'id' <> all(v_given), true)
          and coalesce(v_created[p.nth] between v_wanted.created_after and v_wanted.created_before, true)
      ) as i
    ) as u
    where u.verdict <> 'different'
    order by u.verdict <> 'same', u.created_at
    limit 1;
    continue when not found;
    -- also what is given: should it not be applied, nothing is proved absent
    update basepool.lost_attempts as l set doubt_prediction_id = coalesce(v_match.id, 'without an id')
    where l.attempt_id = v_wanted.attempt_id;
    if v_match.verdict = 'same' then
      v_given := v_given || v_match.id;
      attempt_id := v_wanted.attempt_id;
      prediction_id := v_match.id;
      return next;
    end if;
  end loop;

  -- last, because claims wait for this row; the page was read, even if the search was over by then
  if p_begins_page then
    perform basepool._spend_reads((select s.account_id from basepool.searches as s where s.id = p_search), 1);
  end if;
end
$$;

revoke all on function basepool.match_predictions(bigint, jsonb, boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.match_predictions(bigint, jsonb, boolean) to basepool_glue;

comment on function basepool.match_predictions(bigint, jsonb, boolean) is
'Finds on a page of an account''s list, or on a part of one (p_predictions: its results; p_begins_page: false for what follows the
first part), what belongs to the attempts of a search, and prolongs its lease. A prediction that was not read whole
(basepool_replaced in it) is counted as skipped, and what is missing of it proves nothing. Returns which prediction is to be
applied to which attempt, nothing for a search that has ended; notes what may be one. Raises PT400.';
