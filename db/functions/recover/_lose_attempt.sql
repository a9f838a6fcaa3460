-- Whether the request was sent nobody knows, so its prediction is looked for until it is found, proved absent or past its time.
create or replace function basepool._lose_attempt(p_attempt uuid, p_is_over boolean, p_search_at timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_attempt constant basepool.attempts := basepool._find_attempt(p_attempt);
begin
  insert into basepool.lost_attempts as l (attempt_id, account_id, leased_at, lost_at, input_hash, search_at)
  select
    p_attempt, v_attempt.account_id, v_attempt.leased_at,
    -- a worker that only slept may still send until its call's time is over
    case when p_is_over then v_now else greatest(v_now, v_attempt.leased_at + s.submit_timeout) end,
    -- the seat of a cancelled one is free already, and still has what was in it
    (
      select o.input_hash from basepool.seats as o
      where o.id = v_attempt.seat_id and coalesce(o.attempt_id, p_attempt) = p_attempt and o.leased_at = v_attempt.leased_at
    ),
    p_search_at
  from basepool.settings as s
  on conflict (attempt_id) do update set lost_at = excluded.lost_at, search_at = excluded.search_at;
end
$$;

revoke all on function basepool._lose_attempt(uuid, boolean, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._lose_attempt(uuid, boolean, timestamptz) is
'Has an attempt looked for whose answer was lost. p_is_over: whether its call has ended, or may still be under way;
p_search_at: when it is looked for first.';
