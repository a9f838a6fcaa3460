-- The app's rows share a table with other providers', whose ids Replicate has never given. Asking about those costs every account a
-- read and finds nothing.
create or replace function basepool._may_be_at_replicate(p_model text, p_prediction_id text)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select coalesce(p_prediction_id ~ '^[0-9a-z]{20,64}$', false) and basepool._is_replicate_model(p_model)
$$;

revoke all on function basepool._may_be_at_replicate(text, text) from public, anon, authenticated, service_role;

comment on function basepool._may_be_at_replicate(text, text) is
'Whether a prediction of this id and model can be one of Replicate''s: its ids are some 26 small letters and digits, and its models
have names of two parts. For _fail_stuck_generations.';
