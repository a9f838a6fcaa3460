-- A 401 never removes a token silently and for ever: shortly before a suspended token is due again, Replicate is asked, which
-- costs nothing, whether it knows it. So is an account that was paused for want of credit, with one of its tokens; whether it
-- has credit again only its next lease can tell, but not whether it still answers.
create or replace function basepool.claim_probes(p_worker text, p_max integer)
returns table (token_id integer, token text)
language sql
volatile
security definer
set search_path = ''
as $$
  with candidates as (
    select t.id, t.suspended_until as due_at
    from public.replicate_tokens as t
    where t.suspended_until <= basepool.now() + interval '15 seconds'
    union all
    select o.id, a.cooldown_until
    from basepool.accounts as a
    cross join lateral basepool._token_of_account(a.id, null) as o
    where
      a.credit = 'none' and a.cooldown_until <= basepool.now() + interval '15 seconds'
      and o.is_active and o.suspended_until is null
  ),

  due as (
    select t.id
    from public.replicate_tokens as t
    inner join candidates as c on c.id = t.id
    where t.probed_at is null or t.probed_at <= basepool.now() - interval '30 seconds'
    order by c.due_at, t.id
    limit p_max
    for update of t skip locked
  ),

  claimed as (
    update public.replicate_tokens as t
    set probed_at = basepool.now()
    from due
    where t.id = due.id
    returning t.id, t.token, t.account_id
  ),

  spent as (
    select basepool._spend_reads(n.account_id, n.calls)
    from (select c.account_id, count(*)::integer as calls from claimed as c group by c.account_id) as n
  )

  select c.id, basepool._read_secret(c.token)
  from claimed as c
  -- makes the spending happen
  where (select count(*) from spent) >= 0
$$;

revoke all on function basepool.claim_probes(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_probes(text, integer) to basepool_glue;

comment on function basepool.claim_probes(text, integer) is
'Up to p_max tokens to ask about: suspended ones that are due again, and one of each account that was paused for want of
credit. p_worker asks GET /v1/account with each and reports record_probe.';
