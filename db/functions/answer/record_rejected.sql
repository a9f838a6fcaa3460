-- One of record_answers.
create or replace function basepool.record_rejected(
  p_attempt uuid,
  p_source text,
  p_status integer,
  p_body text,
  out decision text,
  out rule text,
  out retry_at timestamptz
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_result record;
begin
  if p_source is null or p_source not in ('http', 'transport') then
    raise exception using
      errcode = 'PT400',
      message = format('p_source is %s', basepool._quote(p_source)),
      hint = 'Pass http for an answer of Replicate and transport for the lack of one.';
  end if;
  select r.* into v_result
  from basepool.record_answers(jsonb_build_array(jsonb_build_object(
    'attempt', p_attempt, 'source', p_source, 'status', p_status, 'body', p_body
  ))) as r;
  if v_result.error is not null then
    perform basepool._raise_error(v_result.error);
  end if;
  decision := v_result.outcome;
  rule := v_result.rule;
  retry_at := v_result.retry_at;
end
$$;

revoke all on function basepool.record_rejected(uuid, text, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_rejected(uuid, text, integer, text) to basepool_glue;

comment on function basepool.record_rejected(uuid, text, integer, text) is
'Records that a create was refused or not answered. p_source: http or transport; p_status: HTTP status, null for transport;
p_body: the raw body, or for transport a text that begins with unsent: (it was too late to send it: given back, at no cost),
connect: (no connection was made, so nothing was sent), timeout: or reset:. Returns decision (retry, fail, find_out: it may
exist and is not repeated; cancelled: nobody waited for it any more, and nothing runs), the rule''s name and retry_at. Raises TP023 (the attempt is running or over: nothing was changed),
TP001, PT400.';
