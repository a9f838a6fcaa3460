-- Webhooks get lost, and Replicate repeats them for a minute only: what has been silent for too long is asked for, as far as
-- each account's reads per minute allow. The seats are few and are all read: an index would have to follow every answer.
create or replace function basepool.claim_checks(p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_due integer[];
  v_account record;
begin
  -- the oldest first, whatever its account
  select array_agg(o.id) into v_due
  from (
    select d.id
    from (
      select s.id, s.check_at, row_number() over (partition by l.account_id order by s.check_at) as nth, l.permits
      from basepool._lock_reads(array(
        select distinct t.account_id
        from basepool.seats as s
        inner join public.replicate_tokens as t on t.id = s.token_id
        where s.attempt_id is not null and s.prediction_id is not null and s.check_at <= v_now
      )) as l
      inner join public.replicate_tokens as t on t.account_id = l.account_id
      inner join basepool.seats as s on s.token_id = t.id
      where s.attempt_id is not null and s.prediction_id is not null and s.check_at <= v_now
    ) as d
    where d.nth <= d.permits
    order by d.check_at, d.id
    limit p_max
  ) as o;
  if v_due is null then
    return;
  end if;

  select s.* into v_settings from basepool.settings as s;
  return query
    with due as (
      select s.id, s.attempt_id from basepool.seats as s
      where s.id = any(v_due) and s.attempt_id is not null and s.prediction_id is not null and s.check_at <= v_now
      order by s.id
      for no key update skip locked
    ),

    claimed as (
      -- without a webhook nobody else will tell, so the pauses stay short; with one they double
      update basepool.seats as s
      set
        checks = s.checks + 1,
        -- at the latest when it becomes stuck, so that the cleanup knows what it ends
        check_at = least(
          case when g.created_at + v_settings.stuck_after > v_now then g.created_at + v_settings.stuck_after end,
          v_now + case
            when s.has_webhook then least(
              v_settings.check_at_most_every, basepool._expected_silence(s.model) * power(2, least(s.checks, 20))
            )
            else least(v_settings.check_after, greatest(v_settings.poll_every, (v_now - s.leased_at) / 4))
          end * (0.9 + 0.2 * random())
        )
      from due
      inner join basepool.seats as o on o.id = due.id
      left join public.generations as g on g.id = o.generation_id
      where s.id = due.id
      returning s.attempt_id, s.prediction_id, s.token_id
    )

    select c.attempt_id, c.prediction_id, basepool._secret_of_account(t.account_id, c.token_id)
    from claimed as c
    inner join public.replicate_tokens as t on t.id = c.token_id;

  -- last, because nothing is waited for any more
  for v_account in
    select t.account_id, count(*)::integer as reads
    from basepool.seats as s
    inner join public.replicate_tokens as t on t.id = s.token_id
    where s.id = any(v_due)
    group by t.account_id
  loop
    perform basepool._spend_reads(v_account.account_id, v_account.reads);
  end loop;
end
$$;

revoke all on function basepool.claim_checks(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_checks(integer) to basepool_glue;

comment on function basepool.claim_checks(integer) is
'Up to p_max running predictions that have been silent for too long, each with a token of its own account (null
where none can be used). Ask Replicate for
each and pass the answer to apply_prediction, or report record_check_failed.';
