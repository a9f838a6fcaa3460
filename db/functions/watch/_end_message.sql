-- A receiver that fails costs itself: its message waits longer each time, and is given up after a day.
create or replace function basepool._end_message(p_id bigint, p_now timestamptz, p_http_status integer, p_error text)
returns text
language sql
volatile
set search_path = ''
as $$
  update basepool.alert_messages as m
  set
    lease = null, leased_until = null, request = null, tries = m.tries + 1
    , sent_at = case when r.is_sent then p_now end
    , error = case when not r.is_sent then left(
      -- nobody's text may carry the URL along
      regexp_replace(basepool._printable(coalesce(p_error, format('it answers %s', p_http_status))), '[a-z]+://\S+', '…', 'gi'), 200
    ) end
    , due_at = case
      when not r.is_sent and m.kind <> 'heartbeat' and m.written_at > p_now - interval '1 day'
        then p_now + least(interval '10 minutes', interval '30 seconds' * 2 ^ least(m.tries, 10))
    end
  from (select coalesce(p_http_status between 200 and 299, false) as is_sent) as r
  where m.id = p_id
  returning case when m.sent_at is not null then 'sent' when m.due_at is not null then 'again' else 'given up' end
$$;

revoke all on function basepool._end_message(bigint, timestamptz, integer, text) from public, anon, authenticated, service_role;

comment on function basepool._end_message(bigint, timestamptz, integer, text) is
'What became of sending message p_id: p_http_status of the receiver, or p_error where there was none. Returns sent; again (after
half a minute, twice as long each time, up to ten minutes); given up (after a day, and a heartbeat at once). For _read_answers,
_post_messages and record_alert_message.';
