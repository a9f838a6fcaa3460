-- The limits per user: how many may cost at once, and how many may be submitted in a minute. Exact under concurrent submits,
-- because the caller has locked the user and these are new statements, which see what the others did.
create or replace function basepool._check_user_limit(
  p_user_id uuid,
  p_generation uuid,
  p_pattern text default null,
  p_max_of_pattern integer default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_limit integer;
  v_stuck_after interval;
  v_per_minute integer;
  v_active integer;
  v_ending integer;
  v_of_pattern integer;
  v_recent timestamptz[];
  v_again_at timestamptz;
begin
  select
    l.active, s.stuck_after, coalesce(u.submits_per_minute, s.user_submits_per_minute, greatest(60, l.active)), u.recent_submits
  into v_limit, v_stuck_after, v_per_minute, v_recent
  from basepool.settings as s
  left join basepool.user_limits as u on u.user_id = p_user_id
  cross join lateral (select coalesce(u.max_active, s.user_active_limit) as active) as l;

  -- in one statement: what passes from active to ending meanwhile must not be seen as neither
  select
    count(*), count(*) filter (where c.is_ending)
    , count(*) filter (where p_max_of_pattern is not null and (basepool._find_model(c.model)).pattern = p_pattern)
  into v_active, v_ending, v_of_pattern
  from (
    -- by user first, whatever the statistics say: the index of all that is active would be read from the first on
    select a.replicate_model as model, false as is_ending
    from (
      select g.id, g.replicate_model
        -- the app runs one again in place
        , case when g.queued_at is null then greatest(g.created_at, g.started_at) else g.created_at end as began_at
      from public.generations as g
      where
        g.user_id = p_user_id and basepool.is_active(g.status) and g.is_keyframe_segment is not true
        and g.id is distinct from p_generation
      offset 0
    ) as a
    where
      -- what is past its time only waits for the cleanup, and must keep nobody out, unless it may still run
      a.began_at > v_now - v_stuck_after
      or exists (
        select from basepool.seats as t
        where t.generation_id = a.id and basepool._latest_end(t.leased_at, t.submitted_at) > v_now
      )
    union all
    select e.model, true from basepool.cancellations as e
    where
      e.user_id = p_user_id and e.over_at > v_now
      and not exists (select from public.generations as g where g.id = e.generation_id and g.is_keyframe_segment)
  ) as c;

  if v_active >= v_limit then
    raise exception using
      errcode = 'PT429',
      message = format('%s of %s generations are active', v_active, v_limit),
      detail = format('user %s', p_user_id),
      hint = case when v_ending > 0
        then 'Wait until one has finished; what was cancelled counts until it has ended at Replicate.'
        else 'Wait until one has finished, or cancel one.' end;
  elsif v_of_pattern >= p_max_of_pattern then
    raise exception using
      errcode = 'PT429',
      message = format('%s of %s generations of this model are active', v_of_pattern, p_max_of_pattern),
      detail = format('user %s, model %s', p_user_id, p_pattern),
      hint = 'Wait until one of them has finished, or choose another model.';
  end if;

  -- whoever may submit more is bounded by what is active
  if v_per_minute <= 600 then
    v_recent := array(select r.at from unnest(v_recent) as r (at) where r.at > v_now - interval '1 minute' order by r.at);
    if cardinality(v_recent) >= v_per_minute then
      v_again_at := v_recent[cardinality(v_recent) - v_per_minute + 1] + interval '1 minute';
      raise exception using
        errcode = 'PT429',
        message = format('%s generations were submitted within a minute, the limit is %s', cardinality(v_recent), v_per_minute),
        detail = format('user %s', p_user_id),
        hint = format(
          'Try again in %s s, at %s UTC.', ceil(extract(epoch from v_again_at - v_now))
          , to_char(v_again_at at time zone 'UTC', 'HH24:MI:SS')
        );
    end if;
    -- here, not when it is queued: of several rows in one insert each is to see those before it
    update basepool.user_limits as u set recent_submits = v_recent || v_now where u.user_id = p_user_id;
  end if;
end
$$;

revoke all on function basepool._check_user_limit(uuid, uuid, text, integer) from public, anon, authenticated, service_role;

comment on function basepool._check_user_limit(uuid, uuid, text, integer) is
'Raises PT429 when a user has as many generations active as settings.user_active_limit allows (or basepool.user_limits for this
user), of the model p_pattern of basepool.models as many as p_max_of_pattern (null: no such limit), or has submitted as many in
the last 60 seconds as settings.user_submits_per_minute allows; counts this one otherwise. p_generation: the one that is to come in,
which does not count. What the app runs itself counts as well, as long as it is not stuck; segments of keyframe jobs do not. What was
cancelled counts until it has ended at Replicate; stuck ones count only while they may run there. Lock the user first (_lock_user).';
