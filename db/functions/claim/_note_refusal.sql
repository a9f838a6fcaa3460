-- That nothing could be leased is worth a row when it begins, when it is for another reason, and now and then while it lasts;
-- not for every worker that asks again.
create or replace function basepool._note_refusal(
  p_now timestamptz,
  p_worker text,
  p_asked integer,
  p_is_held boolean,
  p_answer text,
  p_busy_until timestamptz,
  p_reason text
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_last record;
begin
  if p_answer not in ('busy', 'dead') or (select s.keep_decisions from basepool.settings as s) = interval '0' then
    return;
  end if;
  select d.at, d.answer, d.reason into v_last
  from basepool.decisions as d where d.answer <> 'lease' order by d.id desc limit 1;
  -- counts and times in it change all the while
  if v_last.at <= p_now and (
    v_last.at > p_now - interval '1 second'
    or v_last.at > p_now - interval '1 minute' and v_last.answer = p_answer
    and regexp_replace(v_last.reason, '[0-9]+', '', 'g') is not distinct from regexp_replace(left(p_reason, 2000), '[0-9]+', '', 'g')
  ) then
    return;
  end if;
  perform basepool._note_decision(p_now, p_worker, p_asked, p_answer, p_reason, p_busy_until, p_is_held, null, null, null);
end
$$;

revoke all on function basepool._note_refusal(timestamptz, text, integer, boolean, text, timestamptz, text)
from public, anon, authenticated, service_role;

comment on function basepool._note_refusal(timestamptz, text, integer, boolean, text, timestamptz, text) is
'Writes a row of basepool.decisions for a claim that leased nothing though something waits: p_answer (busy or dead; of empty
there is none), p_busy_until and p_reason as it answers. One when the answer or the reason changes, at most one a second, and
one a minute.';
