-- Replicate never sends a Retry-After header; how long to wait is in the body, as a field or only in the sentence.
create or replace function basepool._parse_retry_after(p_body text)
returns interval
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_seconds numeric;
begin
  v_seconds := coalesce(
    substring(p_body from '"retry_after"\s*:\s*"?(\d{1,6}(?:\.\d{1,3})?)'),
    substring(p_body from 'resets in ~?(\d{1,6}(?:\.\d{1,3})?)\s*s')
  )::numeric;
  -- least() ignores nulls: without this, no answer would be an hour
  return case when v_seconds is not null then least(v_seconds, 3600) * interval '1 second' end;
end
$$;

revoke all on function basepool._parse_retry_after(text) from public, anon, authenticated, service_role;

comment on function basepool._parse_retry_after(text) is
'How long an answer says to wait: retry_after in the body, or "resets in ~30s" in its text, an hour at most. Null when it
does not say. Source: 429 bodies of Replicate.';
