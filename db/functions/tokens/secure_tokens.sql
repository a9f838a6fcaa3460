-- An app that was there before us reads its tokens from the column; when it does so no longer, they need not lie there in plain
-- text. Ids stay, so that whatever names a token by its id goes on.
create or replace function basepool.secure_tokens(p_undo boolean default false, p_yes boolean default false)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_readers record;
  v_count integer;
  v_lost integer;
begin
  if not basepool._has_vault() then
    raise exception using
      errcode = 'TP051',
      message = 'Supabase Vault is not installed in this database',
      hint = 'Without it tokens stay in public.replicate_tokens. With the right to: create extension supabase_vault cascade;';
  end if;
  if not p_undo then
    select r.* into v_readers from basepool._token_readers() as r;
    if v_readers.says is not null then
      raise exception using
        errcode = 'TP050',
        message = 'replicate_tokens.token is read directly: ' || v_readers.says,
        hint = 'Have it call get_next_replicate_token(), which returns the secret. When it does: select pg_stat_statements_reset();'
        || ' let it work for a day, and repeat this.';
    elsif not v_readers.is_known and not p_yes then
      raise exception using
        errcode = 'TP050',
        message = 'nobody can say whether something reads replicate_tokens.token: pg_stat_statements is missing, or not to be read',
        hint = 'Look through the app for what selects token. If nothing does, repeat this with --yes.';
    end if;
  end if;

  -- whoever adds one at this moment has it kept where the others are
  lock table public.replicate_tokens in share row exclusive mode;
  update basepool.settings as s set tokens_in_vault = not p_undo where s.tokens_in_vault = p_undo;
  perform set_config('basepool.moving_tokens', 'on', true);
  update public.replicate_tokens as t set token = t.token where (t.token like 'vault:%') = p_undo;
  get diagnostics v_count = row_count;
  perform set_config('basepool.moving_tokens', '', true);
  perform basepool._audit('tokens secure', case when p_undo then 'undo' end, jsonb_build_object(
    'tokens', v_count, 'tokens_in_vault', jsonb_build_object('was', p_undo, 'is', not p_undo)
  ));
  if not p_undo then
    return format(
      '%s tokens were moved into Vault. Their former rows are in the table''s file until it is written anew: vacuum full'
      ' public.replicate_tokens; backups and the write-ahead log have them, too', v_count
    );
  end if;
  v_lost := (select count(*) from public.replicate_tokens as t where t.token like 'vault:%');
  return format('%s tokens were moved back into public.replicate_tokens', v_count - v_lost)
    || case when v_lost > 0 then format('; %s can''t be read from Vault, see basepool tokens list', v_lost) else '' end;
end
$$;

revoke all on function basepool.secure_tokens(boolean, boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.secure_tokens(boolean, boolean) to basepool_glue;

comment on function basepool.secure_tokens(boolean, boolean) is
'Moves all tokens from public.replicate_tokens into Supabase Vault, where new ones go from then on; p_undo: back. p_yes: nothing
reads the column, though nobody can look. Returns what was done, in words. Raises TP050 (something reads the column, or that can''t be
known) and TP051 (there is no Vault).';
