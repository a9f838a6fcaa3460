-- Of many, one that breaks a rule, ours or the app's, costs itself. What concerns the server, a lock or the caller concerns all.
create or replace function basepool._is_of_one_item(p_sqlstate text)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select left(p_sqlstate, 2) in ('21', '22', '23', '42', '44', 'P0', 'PT', 'TP')
$$;

revoke all on function basepool._is_of_one_item(text) from public, anon, authenticated, service_role;

comment on function basepool._is_of_one_item(text) is
'Whether an error says that one item of many can''t be done (a value, a constraint, a rule of ours, what a trigger of the app
raises), and not that nothing can at this moment. p_sqlstate: its code.';
