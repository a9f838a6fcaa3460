-- The app's table holds rows of other providers, too, which nobody at Replicate knows: by name as far as a name tells.
create or replace function basepool._is_replicate_model(p_model text)
returns boolean
language sql
immutable
begin atomic
  select coalesce(p_model !~* '^(fal-ai|higgsfield-ai)/' and (basepool._parse_model(p_model)).fault is null, false);
end;

revoke all on function basepool._is_replicate_model(text) from public, anon, authenticated, service_role;

comment on function basepool._is_replicate_model(text) is
'Whether p_model (generations.replicate_model) can be a model of Replicate''s: written as one (_parse_model), and of no owner that
is known to be another provider. What another provider calls like a model of Replicate''s (google/…) can''t be told by its name.
Inlined, because every plain insert asks.';
