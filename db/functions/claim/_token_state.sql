-- The one word for how a token stands: for people who look now, and for those who look at what a claim has seen.
create or replace function basepool._token_state(
  p_now timestamptz,
  p_is_active boolean,
  p_suspended_at timestamptz,
  p_suspended_until timestamptz,
  p_cooldown_until timestamptz,
  p_over_budget_until timestamptz,
  p_probing_until timestamptz,
  p_is_paused boolean,
  p_has_breaker boolean,
  p_has_lease boolean,
  p_last_lease timestamptz,
  p_is_full boolean,
  p_is_open boolean
)
returns text
language sql
stable
begin atomic
  select case
    when not coalesce(p_is_active, false) and p_suspended_until is null
      then case when p_has_lease then 'draining' else 'disabled' end
    when p_is_paused then 'paused'
    when p_suspended_until > p_now then case when p_last_lease > p_suspended_at then 'probing' else 'suspended' end
    when p_cooldown_until > p_now then 'cooling'
    when p_over_budget_until > p_now then 'spent'
    when p_probing_until > p_now then 'probing'
    when p_has_breaker then 'breaker'
    when p_is_full then 'full'
    when not p_is_open then 'limited'
    else 'ready'
  end;
end;

revoke all on function basepool._token_state(
  timestamptz, boolean, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz, boolean, boolean, boolean, timestamptz
  , boolean, boolean
) from public, anon, authenticated, service_role;

comment on function basepool._token_state(
  timestamptz, boolean, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz, boolean, boolean, boolean, timestamptz
  , boolean, boolean
) is
'ready, full, limited, cooling, spent, probing, breaker, paused, suspended, draining or disabled: the first reason why a token
can''t be leased at p_now, by its row and its account''s; p_is_paused: its account or the pool; p_has_breaker: the provider''s;
p_has_lease, p_last_lease: what it has in flight; p_is_full: no seat is free; p_is_open: _open_tokens has it. Inlined.';
