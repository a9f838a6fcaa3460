-- A 401 never removes a token silently and for ever: shortly before a suspended token is due again, Replicate is asked, which costs
-- nothing, whether it knows it. (An account without credit answers such a question all the same; only its next lease tells.)
create or replace function basepool.claim_probes(p_worker text, p_max integer)
returns table (token_id integer, token text)
language sql
volatile
security definer
set search_path = ''
as $$
  with due as (
    select t.id
    from public.replicate_tokens as t
    where
      t.suspended_until <= basepool.now() + interval '15 seconds'
      and (t.probed_at is null or t.probed_at <= basepool.now() - interval '30 seconds')
    order by t.suspended_until
    limit p_max
    for update skip locked
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
'Up to p_max suspended tokens that are due again. p_worker asks GET /v1/account with each and reports record_probe.
Definer: the glue reads no table. For the glue.';
