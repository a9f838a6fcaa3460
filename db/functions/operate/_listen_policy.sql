-- The one right a user needs to listen, and to listen to nothing but his own. Realtime asks it when a client joins a private topic.
create or replace function basepool._listen_policy()
returns text
language sql
immutable
set search_path = ''
as $$
  select 'create policy basepool_users_listen on realtime.messages for select to authenticated'
    ' using ((select realtime.topic()) = ''generations:'' || (select auth.uid())::text)'
$$;

revoke all on function basepool._listen_policy() from public, anon, authenticated, service_role;

comment on function basepool._listen_policy() is
'The statement that lets users join their own topic, generations:<user>. realtime.topic() is the topic that somebody wants to join,
and who may read a row of realtime.messages then may join it (supabase.com/docs/guides/realtime/authorization). No comment on the
policy: Supabase lets its postgres create one on that table, and not comment it (github.com/supabase/cli/issues/5987).';
