-- A secret that nothing refers to any more must not stay readable in Vault.
create or replace function basepool._forget_glue_secret(p_next text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_stored text;
begin
  select s.secret into v_stored from basepool.glue_schedule as s where s.is_ours and s.secret is distinct from p_next;
  if v_stored like 'vault:%' and basepool._has_vault() then
    execute format('delete from %I.secrets where id = $1', 'vault') using substr(v_stored, 7)::uuid;
  end if;
end
$$;

revoke all on function basepool._forget_glue_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._forget_glue_secret(text) is
'Deletes from Vault what schedule_glue has put there, unless p_next is the same reference. For schedule_glue and unschedule_glue.';
