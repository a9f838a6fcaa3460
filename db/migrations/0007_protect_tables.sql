-- Locks: public.generations, public.replicate_tokens
-- Who may touch what. Users reach their own generations through row level security and may change only three of their
-- columns; a column grant says so, because a policy cannot. The glue reads no table at all: it only executes functions.

alter table public.generations enable row level security;
alter table public.replicate_tokens enable row level security;

revoke all on public.generations, public.replicate_tokens from public, anon, authenticated;
revoke all on all tables in schema basepool from public, anon, authenticated, basepool_glue;

grant select on public.generations to authenticated;
grant insert (
  id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, input_image_url, input_video_url,
  settings, status, is_keyframe_segment, replicate_input, idempotency_key, queued_at
) on public.generations to authenticated;
grant update (viewed, viewed_at, is_favorite) on public.generations to authenticated;
grant select, insert, update, delete on public.generations, public.replicate_tokens to service_role;
grant usage on sequence public.replicate_tokens_id_seq to service_role;

-- the app's own policies stay; where there are none for a command, ours let users at their own rows
do $policies$
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
$policies$;

-- cuts across every other insert policy, the app's own ones included: what a user inserts is only ever a wish
create policy users_insert_only_pending on public.generations as restrictive for insert to authenticated
with check (status = 'pending');

-- Supabase's default privileges give strangers the right to draw numbers; in an adopted database the sequence is the app's
do $sequences$
begin
  revoke all on all sequences in schema basepool from public, anon, authenticated, basepool_glue;
  if not (select coalesce((to_jsonb(s) ->> 'adopted')::boolean, not s.keep_outputs) from basepool.settings as s) then
    revoke all on sequence public.replicate_tokens_id_seq from public, anon, authenticated;
  end if;
end
$sequences$;
