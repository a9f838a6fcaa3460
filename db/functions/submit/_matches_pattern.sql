-- How a pattern of basepool.cutover is compared with a model, in one place. Inlined, because every plain insert is compared.
create or replace function basepool._matches_pattern(p_likeness text, p_model text)
returns boolean
language sql
immutable
begin atomic
  select
    (p_model like p_likeness or split_part(p_model, ':', 1) like p_likeness)
    -- a version without a name belongs to nobody
    and (p_model like '%/%' or p_likeness in ('%', p_model));
end;

revoke all on function basepool._matches_pattern(text, text) from public, anon, authenticated, service_role;

comment on function basepool._matches_pattern(text, text) is
'Whether p_model, in small letters, is one of those that a pattern stands for. p_likeness: as basepool.cutover has it. A model''s
versions are matched by its name as well.';
