-- Whose a plain insert is. An app that was there before basepool has rows that only it can run: it chains keyframes by itself, and
-- what it has not filled in yet it sends by itself.
create or replace function basepool._takes_plain_insert(p_user uuid, p_model text, p_is_for_app boolean)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  v_model constant text := lower(p_model);
  v_percent numeric;
begin
  if p_is_for_app and (select s.adopted from basepool.settings as s) then
    return false;
  end if;
  if not basepool._is_replicate_model(p_model) then
    return false;
  end if;
  -- the row that _find_cutover names, here because a call costs as much again; a variable, because what is used twice is inlined only
  -- then
  v_percent := (
    select c.percent from basepool.cutover as c
    where basepool._matches_pattern(c.likeness, v_model)
    order by c.characters desc, c.pattern
    limit 1
  );
  return coalesce(basepool._is_moved_over(p_user, v_percent), false);
end
$$;

revoke all on function basepool._takes_plain_insert(uuid, text, boolean)
from public, anon, authenticated, service_role;

comment on function basepool._takes_plain_insert(uuid, text, boolean) is
'Whether basepool runs a pending generation that is inserted plainly: its model is one of Replicate''s, and basepool.cutover has
moved it over for this user. p_is_for_app: it belongs to a keyframe job or has no input, so that in an adopted database it is the
app''s.';
