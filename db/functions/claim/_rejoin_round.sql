-- An account that was away takes its turns from here on, with all its tokens. Only claims wait for a limiter; whoever leases now
-- has found the account open already.
create or replace function basepool._rejoin_round(p_account bigint)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_token integer;
begin
  perform from basepool.limiters as l where l.account_id = p_account for no key update skip locked;
  if found then
    for v_token in select t.id from public.replicate_tokens as t where t.account_id = p_account order by t.id loop
      perform basepool._join_round(v_token);
    end loop;
  end if;
end
$$;

revoke all on function basepool._rejoin_round(bigint) from public, anon, authenticated, service_role;

comment on function basepool._rejoin_round(bigint) is
'Gives the free seats of an account''s tokens turns of now, unless a claim has its limiter at this moment.';
