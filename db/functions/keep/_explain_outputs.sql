-- A generation is completed whatever becomes of its files; that is said beside it.
create or replace function basepool._explain_outputs(p_generation uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'reason'
    , 'files ' || concat_ws(
      ', '
      , case when c.stored > 0 then format('kept: %s of %s', c.stored, c.total) end
      , case when c.storing > 0 then format('being copied: %s', c.storing) end
      , case
        when c.waiting > 0 then format('waiting to be copied: %s', c.waiting) || coalesce(' (' || c.waiting_codes || ')', '')
      end
      , case when c.failed > 0 then format('not kept: %s (%s)', c.failed, c.failed_codes) end
    )
  )
  || case when c.error is not null then jsonb_build_object('error', c.error) else '{}' end
  || case when c.next_try is not null then jsonb_build_object('tried_again_at', c.next_try) else '{}' end
  from (
    select
      count(*) as total
      , count(*) filter (where f.state = 'stored') as stored
      , count(*) filter (where f.state = 'storing') as storing
      , count(*) filter (where f.state = 'waiting') as waiting
      , count(*) filter (where f.state = 'failed') as failed
      , string_agg(distinct f.error_code, ', ') filter (where f.state = 'waiting') as waiting_codes
      , string_agg(distinct f.error_code, ', ') filter (where f.state = 'failed') as failed_codes
      , (array_agg(f.error order by f.failed_at desc nulls last, f.nth) filter (
        where f.state in ('waiting', 'failed') and f.error is not null
      ))[1] as error
      , min(f.again_at) filter (where f.state = 'waiting') as next_try
    from basepool.output_files as f
    where f.generation_id = p_generation
  ) as c
  where c.total > 0
$$;

revoke all on function basepool._explain_outputs(uuid) from public, anon, authenticated, service_role;

comment on function basepool._explain_outputs(uuid) is
'What became of the files of a generation, as JSON: reason, one line; error, the last one''s, and tried_again_at, where there are
such. Null where nothing of it is to be kept.';
