-- A 401 never removes a token silently and for ever: shortly before a suspended token is due again, Replicate is asked, which
-- costs nothing, whether it knows it. So is an account without credit, with one of its tokens, every minute: whether somebody has
-- paid only a lease can tell, and one that is refused costs nothing, either.
create or replace function basepool.claim_probes(p_max integer)
returns table (token_id integer, token text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_token record;
begin
  for v_token in
    with candidates as (
      select t.id, t.suspended_until as due_at
      from public.replicate_tokens as t
      where t.suspended_until <= v_now + interval '15 seconds'
      union all
      select o.id, a.cooldown_until
      from basepool.accounts as a
      cross join lateral (select t.* from basepool._tokens_of_account(a.id, null) as t limit 1) as o
      where
        a.credit = 'none'
        and (a.cooled_at <= v_now - interval '1 minute' or a.cooldown_until <= v_now + interval '15 seconds')
        and (a.probing_until is null or a.probing_until <= v_now)
        and (o.probed_at is null or o.probed_at <= v_now - interval '1 minute')
        and o.is_active and o.suspended_until is null
    )

    select t.id, t.token, t.account_id
    from public.replicate_tokens as t
    inner join candidates as c on c.id = t.id
    where t.probed_at is null or t.probed_at <= v_now - interval '30 seconds'
    order by c.due_at, t.id
    limit p_max
    for update of t skip locked
  loop
    update public.replicate_tokens as t set probed_at = v_now where t.id = v_token.id;
    token_id := v_token.id;
    token := basepool._read_secret(v_token.token);
    if token is null then
      -- there is nothing to ask with
      perform basepool._suspend_unusable(v_token.id);
    else
      perform basepool._spend_reads(v_token.account_id, 1);
      return next;
    end if;
  end loop;
end
$$;

revoke all on function basepool.claim_probes(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_probes(integer) to basepool_glue;

comment on function basepool.claim_probes(integer) is
'Up to p_max tokens to ask about: suspended ones that are due again, and one of each account that cools down for want of
credit, once a minute. Ask GET /v1/account with each and report record_probe. What is suspended because its secret can''t be used stays so, without
a question, until it can.';
