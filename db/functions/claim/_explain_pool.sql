-- "No token" is no answer for somebody who is on call: the pool says until when it is busy, or why it is dead.
create or replace function basepool._explain_pool(
  p_now timestamptz,
  out answer text,
  out busy_until timestamptz,
  out reason text
)
language sql
volatile
set search_path = ''
as $$
  select
    case
      when bool_or(c.state in ('ready', 'full', 'limited', 'cooling', 'spent', 'probing', 'breaker', 'paused')) then 'busy' else 'dead'
    end,
    min(c.back_at),
    coalesce(
      string_agg(format('token %s: %s', c.token_id, coalesce(c.reason, c.state)), '; ' order by c.token_id),
      'there is no token: add one with basepool tokens add'
    )
  from basepool._token_capacity(p_now) as c
$$;

revoke all on function basepool._explain_pool(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._explain_pool(timestamptz) is
'Why no lease can be had at p_now. answer: busy (a token will be free by itself) or dead (none is usable); busy_until: the
earliest time at which that may change, null when only the end of a prediction can; reason: one clause per token.';
