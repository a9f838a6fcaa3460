-- What is to be paused is named by people: a model by its name, an account as tokens list shows it, a user by his id.
create or replace function basepool._name_paused(p_kind text, p_name text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_name constant text := coalesce(btrim(p_name), '');
  v_fault text;
  v_id text;
begin
  if p_kind = 'pool' and v_name = '' then
    return '';
  elsif p_kind = 'model' then
    v_fault := (select m.fault from basepool._parse_model(v_name) as m);
    if v_fault is null then
      return basepool._model_name(v_name);
    end if;
  elsif p_kind = 'user' then
    begin
      return v_name::uuid::text;
    exception when invalid_text_representation then
      v_fault := format('%s is no user''s id', basepool._quote(v_name));
    end;
  elsif p_kind = 'account' then
    select a.id::text into v_id
    from basepool.accounts as a where a.username = v_name or a.id::text = v_name
    order by a.username = v_name desc nulls last
    limit 1;
    if v_id is not null then
      return v_id;
    end if;
    raise exception using
      errcode = 'PT404',
      message = format('there is no account %s', basepool._quote(v_name)),
      hint = 'See basepool tokens list for the names.';
  else
    v_fault := format('%s %s can''t be paused', coalesce(basepool._quote(p_kind), 'null'), basepool._quote(v_name));
  end if;
  raise exception using
    errcode = 'PT400',
    message = v_fault,
    hint = 'Name the pool, or an account, a model (owner/name) or a user (his id).';
end
$$;

revoke all on function basepool._name_paused(text, text) from public, anon, authenticated, service_role;

comment on function basepool._name_paused(text, text) is
'The name under which a pause is kept. p_kind: pool, account, model or user; p_name: as people write it, none for the pool. An
account''s is its id. Raises PT400, PT404 (there is no such account).';
