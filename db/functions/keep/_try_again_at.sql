-- What went wrong with a copy says whether trying again can help, and the deadline how long there is time for it.
create or replace function basepool._try_again_at(
  p_file basepool.output_files,
  p_code text,
  p_retry_after numeric,
  p_now timestamptz
)
returns timestamptz
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_left constant interval := p_file.deadline - p_now;
  v_pause interval;
begin
  if p_code in ('source_gone', 'bad_source', 'too_large', 'bad_type', 'store_refused') then
    return null;
  elsif p_code = 'interrupted' then
    return p_now;
  end if;
  v_pause := least(interval '2 seconds' * power(2, least(p_file.tries - 1, 10)), interval '1 minute') * (0.8 + 0.4 * random());
  if p_retry_after is not null then
    v_pause := greatest(v_pause, interval '1 second' * least(p_retry_after, 600));
  end if;
  -- the nearer the end, the more often; an answer that comes too late helps nobody
  v_pause := least(v_pause, greatest(v_left / 4, interval '5 seconds'));
  return case
    when
      p_file.tries < 2
      or p_now + v_pause <= p_file.deadline + (select s.output_margin from basepool.settings as s) then p_now + v_pause
  end;
end
$$;

revoke all on function basepool._try_again_at(basepool.output_files, text, numeric, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._try_again_at(basepool.output_files, text, numeric, timestamptz) is
'When the copy of p_file, which has failed at p_now because of p_code, is tried again: at once where only its worker stopped, else
at pauses that double from two seconds up to a minute, or are as long as p_retry_after says (seconds, at most 600), but shorter as
the deadline comes near. Null: never, because of the code, or because there is no time left.';
