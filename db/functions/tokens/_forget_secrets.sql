-- A secret that no row refers to any more must not stay readable in Vault, whoever deleted, changed, truncated or did not insert
-- the row. So it is not the one that goes that is deleted, but all that are not needed.
create or replace function basepool._forget_secrets()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if not basepool._has_vault() then
    return null;
  end if;
  begin
    execute format(
      $query$
        delete from %I.secrets as s
        where
          s.name ~ '^basepool-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
          and s.description in ('Replicate token of basepool', 'Replicate webhook secret of basepool')
          and 'vault:' || s.id not in (
            select t.token from public.replicate_tokens as t
            union all
            select v.stored from basepool.accounts as a
            cross join lateral (values (a.webhook_secret), (a.former_webhook_secret)) as v (stored)
            where v.stored is not null
          )
      $query$, 'vault'
    );
  exception when insufficient_privilege then
    raise warning 'what is no longer needed stays in Vault: % may not delete it there', current_user;
  end;
  return null;
end
$$;

revoke all on function basepool._forget_secrets() from public, anon, authenticated, service_role;

comment on function basepool._forget_secrets() is
'Trigger, after statements that may leave a secret behind in Vault: deletes those of ours that no token and no account refers to.
Definer: the app''s server may delete its tokens, but has no rights on Vault.';
