-- Classification is data: what an error means can change without a release.
create or replace function basepool._classify_error(
  p_source text,
  p_status integer,
  p_text text
)
returns basepool.error_rules
language sql
stable
set search_path = ''
as $$
  select r.*
  from basepool.error_rules as r
  where
    r.source = p_source
    and (r.statuses is null or p_status = any(r.statuses))
    and (
      r.pattern is null
      -- what a long one is about stands at one of its ends
      or case
        when length(p_text) > 20000 then left(p_text, 10000) || E'\n' || right(p_text, 10000) else coalesce(p_text, '')
      end ~* r.pattern
    )
  order by r.position
  limit 1
$$;

revoke all on function basepool._classify_error(text, integer, text) from public, anon, authenticated, service_role;

comment on function basepool._classify_error(text, integer, text) is
'The first rule of basepool.error_rules that matches. p_source: http, transport or prediction; p_status: HTTP status, null
where there is none; p_text: the error. Returns null when no rule matches.';
