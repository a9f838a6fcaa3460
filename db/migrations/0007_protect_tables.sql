-- Who may touch what. The glue reads no table at all: it only executes functions. Users reach their own generations through row
-- level security and may change only three of their columns; a column grant says so, because a policy cannot. Where the app was
-- there before us it may write more as its users: nothing is taken away then until its owner says so
-- (settings.enforce_user_rights), and what would be is kept here for that day.

create table basepool.user_rights (
  position integer generated always as identity primary key,
  kind text not null check (kind in ('enforce', 'restore')),
  statement text not null
);

comment on table basepool.user_rights is
'The statements by which _sync_user_rights takes from users what they need not have (enforce), and by which it gives back what was
there before (restore: written when it takes).';

alter table basepool.user_rights enable row level security;

insert into basepool.user_rights (kind, statement)
values
('enforce', 'alter table public.generations enable row level security'),
('enforce', 'alter table public.replicate_tokens enable row level security'),
('enforce', 'revoke all on public.generations, public.replicate_tokens from public, anon, authenticated'),
('enforce', 'grant select on public.generations to authenticated'),
('enforce', 'grant insert (
  id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, input_image_url, input_video_url,
  settings, status, is_keyframe_segment, replicate_input, idempotency_key, queued_at
) on public.generations to authenticated'),
('enforce', 'grant update (viewed, viewed_at, is_favorite) on public.generations to authenticated'),
-- the app's own policies stay; where there are none for a command, ours let users at their own rows
('enforce', $statement$do $policies$
begin
  if not exists (select from pg_catalog.pg_policies where schemaname = 'public' and tablename = 'generations'
    and cmd in ('SELECT', 'ALL') and ('authenticated' = any(roles) or 'public' = any(roles))) then
    create policy users_see_their_own on public.generations for select to authenticated
    using (user_id = (select auth.uid()));
  end if;
  if not exists (select from pg_catalog.pg_policies where schemaname = 'public' and tablename = 'generations'
    and cmd in ('INSERT', 'ALL') and ('authenticated' = any(roles) or 'public' = any(roles))) then
    create policy users_submit_their_own on public.generations for insert to authenticated
    with check (user_id = (select auth.uid()) and status = 'pending');
  end if;
  if not exists (select from pg_catalog.pg_policies where schemaname = 'public' and tablename = 'generations'
    and cmd in ('UPDATE', 'ALL') and ('authenticated' = any(roles) or 'public' = any(roles))) then
    create policy users_mark_their_own on public.generations for update to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
  end if;
end
$policies$$statement$),
-- cuts across every other insert policy, the app's own ones included: what a user inserts is only ever a wish. That it is there
-- says that all of this is
('enforce', $statement$create policy users_insert_only_pending on public.generations as restrictive for insert to authenticated
with check (status = 'pending')$statement$);

revoke all on all tables in schema basepool from public, anon, authenticated, basepool_glue;

-- where the app's server has it all, nothing changes
grant select, insert, update, delete on public.generations, public.replicate_tokens to service_role;

do $rights$
declare
  v_is_enforced constant boolean := (select s.enforce_user_rights from basepool.settings as s);
  -- an app that had generations only has got this table from us, and whatever a project gives by default with it
  v_has_our_tokens constant boolean := (
    select coalesce('fillfactor=50' = any(c.reloptions), false)
    from pg_catalog.pg_class as c
    where c.oid = 'public.replicate_tokens'::regclass
  );
  v_statement text;
begin
  if v_is_enforced then
    for v_statement in select r.statement from basepool.user_rights as r where r.kind = 'enforce' order by r.position loop
      execute v_statement;
    end loop;
  elsif v_has_our_tokens then
    alter table public.replicate_tokens enable row level security;
    revoke all on public.replicate_tokens from public, anon, authenticated;
  end if;
  if v_is_enforced or v_has_our_tokens then
    grant usage on sequence public.replicate_tokens_id_seq to service_role;
  end if;
end
$rights$;
