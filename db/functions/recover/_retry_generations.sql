-- What a retry of many does, whoever asks for it and however it is written down.
create or replace function basepool._retry_generations(
  p_ids uuid [],
  p_error text,
  p_since interval,
  p_max integer,
  p_dry_run boolean
)
returns table (generation_id uuid, failed_at timestamptz, error text, outcome text, retried_as uuid)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_ids uuid[];
  v_found record;
  v_old public.generations;
  v_since timestamptz := basepool.now() - p_since;
begin
  v_ids := array(
    select g.id
    from public.generations as g
    where
      (p_ids is null or g.id = any(p_ids))
      and (p_ids is not null or g.status = 'failed')
      and (p_since is null or g.completed_at >= v_since)
      and (
        p_error is null
        or exists (
          select from (
            select a.error_rule, a.error from basepool._all_attempts() as a
            where a.generation_id = g.id order by a.attempt_no desc limit 1
          ) as l
          where l.error_rule = p_error or strpos(lower(coalesce(l.error, '')), lower(p_error)) > 0
        )
        or strpos(lower(coalesce(g.error_message, '')), lower(p_error)) > 0
      )
    order by g.completed_at, g.id
    limit p_max
  );
  if not p_dry_run then
    -- each retry is a submit of its user. Two who retry many at once would meet the same users the opposite ways round
    perform basepool._lock_user(u.user_id)
    from (
      select distinct g.user_id from public.generations as g
      where g.id = any(v_ids) and g.status = 'failed' and g.user_id is not null
      order by g.user_id
    ) as u;
  end if;
  for v_found in
    select g as generation, l.error as attempt_error
    from unnest(v_ids) with ordinality as i (id, nth)
    inner join public.generations as g on g.id = i.id
    left join lateral (
      select a.error from basepool._all_attempts() as a where a.generation_id = g.id order by a.attempt_no desc limit 1
    ) as l on true
    order by i.nth
  loop
    v_old := v_found.generation;
    generation_id := v_old.id;
    failed_at := v_old.completed_at;
    error := coalesce(v_old.error_message, v_found.attempt_error);
    retried_as := (select n.id from public.generations as n where n.retry_of = generation_id);
    if v_old.status <> 'failed' then
      outcome := 'is ' || v_old.status;
    elsif retried_as is not null then
      outcome := 'retried before';
    elsif v_old.replicate_input is null then
      outcome := 'has no input to send';
    elsif p_dry_run then
      outcome := 'would be retried';
    else
      begin
        retried_as := basepool._copy_generation(v_old);
        outcome := case when retried_as is null then 'retried before' else 'retried' end;
      exception when others then
        -- it came in when more was let in, or the app's own rules are others by now: the rest goes on
        if not basepool._is_of_one_item(sqlstate) then
          raise;
        end if;
        outcome := 'refused: ' || basepool._printable(sqlerrm);
      end;
    end if;
    return next;
  end loop;
end
$$;

revoke all on function basepool._retry_generations(uuid [], text, interval, integer, boolean)
from public, anon, authenticated, service_role;

comment on function basepool._retry_generations(uuid [], text, interval, integer, boolean) is
'Does what retry_generations says, with its arguments, and leaves no row in the audit. Locks all users first, in their order.';
