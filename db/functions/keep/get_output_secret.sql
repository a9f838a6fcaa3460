-- Whoever hands out a private file has to know that the database has signed its link.
create or replace function basepool.get_output_secret()
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_secret text := basepool._read_secret((select o.secret from basepool.output_secret as o));
begin
  if v_secret is null then
    -- the second of two that come at once gets what the first has made
    perform from basepool.output_secret for update;
    v_secret := basepool._read_secret((select o.secret from basepool.output_secret as o));
  end if;
  if v_secret is null then
    v_secret := encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex');
    update basepool.output_secret as o set secret = basepool._store_secret(v_secret, 'Secret of signed links of basepool')
    where o.id;
  end if;
  return v_secret;
end
$$;

revoke all on function basepool.get_output_secret() from public, anon, authenticated, service_role;
grant execute on function basepool.get_output_secret() to basepool_glue;

comment on function basepool.get_output_secret() is
'The secret that links to private files are signed with (public.get_output_urls), made when it is needed first, and anew where Vault
can''t give it any more: links are asked for again then.';
