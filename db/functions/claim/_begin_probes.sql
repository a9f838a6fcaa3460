-- What was suspended or cooling is tried with one lease; until it is known how that went, there is no other. Whoever is
-- changing the token or the account at this moment knows more, and is not waited for.
create or replace function basepool._begin_probes(p_tokens integer [], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_patience constant interval := (select s.submit_timeout from basepool.settings as s);
begin
  update public.replicate_tokens as t
  set suspended_until = greatest(t.suspended_until, p_now + 2 * v_patience)
  where t.id in (
    select o.id from public.replicate_tokens as o
    where o.id = any(p_tokens) and o.suspended_until is not null
    for no key update skip locked
  );
  update basepool.accounts as a
  set probing_until = p_now + v_patience
  where a.id in (
    select o.id from basepool.accounts as o
    where
      o.cooldown_until is not null
      and o.id in (select t.account_id from public.replicate_tokens as t where t.id = any(p_tokens))
    for no key update skip locked
  );
end
$$;

revoke all on function basepool._begin_probes(integer[], timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._begin_probes(integer[], timestamptz) is
'Keeps other leases away from those of p_tokens that were suspended, or whose account was cooling, until a probe must have
been answered.';
