-- What the app runs itself has no attempt here that says whose it is: the account of the token it names is asked first, then the
-- others, because the app may have noted the wrong one.
create or replace function basepool.claim_app_checks(p_max integer)
returns table (generation_id uuid, prediction_id text, account_id bigint, token text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_check basepool.app_checks;
  v_token integer;
begin
  for v_check in
    select c.* from basepool.app_checks as c
    where c.again_at <= v_now
    order by c.again_at, c.generation_id
    limit p_max
    for update skip locked
  loop
    -- whatever becomes of it, the others' turn comes before its next
    update basepool.app_checks as c set again_at = v_now + interval '30 seconds' where c.generation_id = v_check.generation_id;
    v_token := (select g.replicate_token_index from public.generations as g where g.id = v_check.generation_id);
    account_id := (
      select t.account_id
      from public.replicate_tokens as t
      where t.account_id <> all(v_check.absent)
      group by t.account_id
      order by
        array_position(v_check.asked, t.account_id) nulls first, coalesce(bool_or(t.id = v_token), false) desc, min(t.id)
      limit 1
    );
    -- nobody's, or somebody else counts on the account at this moment, or its limit is reached
    continue when account_id is null
      or coalesce((select l.permits from basepool._lock_reads(array[account_id]) as l), 0) < 1;
    generation_id := v_check.generation_id;
    prediction_id := v_check.prediction_id;
    token := basepool._secret_of_account(account_id, v_token);
    update basepool.app_checks as c
    set asked = array_append(array_remove(c.asked, account_id), account_id)
    where c.generation_id = v_check.generation_id;
    if token is not null then
      perform basepool._spend_reads(account_id, 1);
      return next;
    end if;
  end loop;
end
$$;

revoke all on function basepool.claim_app_checks(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_app_checks(integer) to basepool_glue;

comment on function basepool.claim_app_checks(integer) is
'Up to p_max stuck generations that the app runs itself, each with a prediction and a token of an account that may have it. Ask
Replicate for each and pass what it says to record_app_check.';
