-- What Replicate says of a suspended token, or of one whose account has no credit: known again, and a single lease may try it at
-- once; still refused, and it waits longer.
create or replace function basepool.record_probe(
  p_token_id integer,
  p_http_status integer,
  p_body text default null
)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_token public.replicate_tokens;
  v_rule basepool.error_rules;
begin
  select t.* into v_token from public.replicate_tokens as t where t.id = p_token_id for update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  elsif v_token.suspended_until is null and (not v_token.is_active or p_http_status between 200 and 299) then
    update basepool.accounts as a
    set cooldown_until = v_now
    where a.id = v_token.account_id and v_token.is_active and a.credit = 'none' and a.cooldown_until > v_now;
    if not found then
      return 'not suspended';
    end if;
    perform pg_catalog.pg_notify('basepool_queue', '');
    return 'half-open';
  end if;

  if p_http_status between 200 and 299 then
    update public.replicate_tokens as t
    set suspended_until = least(t.suspended_until, v_now)
    where t.id = p_token_id;
    perform pg_catalog.pg_notify('basepool_queue', '');
    return 'half-open';
  end if;
  v_rule := basepool._classify_error('http', p_http_status, p_body);
  if p_http_status is null or v_rule.concerns <> 'token' or v_rule.cool_down is null then
    return 'no answer about the token';
  end if;
  perform basepool._suspend_token(p_token_id, v_rule, basepool._describe_error(p_http_status, p_body));
  return 'still refused';
end
$$;

revoke all on function basepool.record_probe(integer, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_probe(integer, integer, text) to basepool_glue;

comment on function basepool.record_probe(integer, integer, text) is
'Records the answer to a probe. p_http_status: null when there was none; p_body: raw. Returns half-open (one lease may try it),
still refused (suspended for longer), no answer about the token, or not suspended. Raises TP005.';
