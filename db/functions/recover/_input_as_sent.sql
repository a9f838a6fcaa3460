-- What is compared is what was sent. An input that the app has changed since is none: it would prove the absence of what was paid.
create or replace function basepool._input_as_sent(p_input jsonb, p_hash bigint)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select p_input
  from basepool.settings as s
  cross join lateral basepool._check_input(p_input, s.max_input_bytes, s.max_input_depth) as i
  where hashtextextended(i.body, 0) = p_hash
$$;

revoke all on function basepool._input_as_sent(jsonb, bigint) from public, anon, authenticated, service_role;

comment on function basepool._input_as_sent(jsonb, bigint) is
'The input of a generation, if it is what was sent; null if it was changed since. p_hash: lost_attempts.input_hash.';
