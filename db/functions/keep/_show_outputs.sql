-- The app's row changes once for all files of a generation, when the last one is stored or given up, in the order of the model.
create or replace function basepool._show_outputs(p_generation uuid, p_nth integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_urls text [];
  v_thumbs text [];
  v_found boolean;
begin
  if exists (
    select from basepool.output_files as f where f.generation_id = p_generation and f.state in ('waiting', 'storing')
  ) then
    update basepool.output_files as f set again_at = null
    where f.generation_id = p_generation and f.nth = p_nth and f.again_at is not null and f.state in ('stored', 'failed');
    return;
  end if;
  select g.output_urls, g.output_thumbs into v_urls, v_thumbs
  from public.generations as g
  where g.id = p_generation
  for no key update skip locked;
  v_found := found;
  if not v_found and exists (select from public.generations as g where g.id = p_generation) then
    -- nobody waits here for a transaction of the app; the next claim comes by
    update basepool.output_files as f set again_at = basepool.now() + interval '2 seconds'
    where f.generation_id = p_generation and f.nth = p_nth and f.state in ('stored', 'failed');
    return;
  end if;

  if v_found then
    update public.generations as g
    set output_urls = n.urls, output_thumbs = n.thumbs
    from (
      select
        array_agg(l.url order by l.nth) as urls
        , case
          when v_thumbs is not null or count(l.thumb) > 0 then array_agg(l.thumb order by l.nth)
        end as thumbs
      from (
        select
          u.nth
          , case when f.nth is not null then case when f.is_private then f.key else f.url end else u.url end as url
          , case
            when f.nth is not null then case when f.is_private then f.thumb_key else f.thumb_url end else v_thumbs[u.nth]
          end as thumb
        from (
          -- what is there twice is one file
          select o.url, o.nth, min(o.nth) over (partition by o.url) as first_nth
          from unnest(v_urls) with ordinality as o (url, nth)
        ) as u
        -- the app may have put something else there meanwhile
        left join basepool.output_files as f
          on f.generation_id = p_generation and f.nth = u.first_nth and f.state = 'stored'
          and (
            u.url in (f.source_url, case when f.is_private then f.key else f.url end)
            or (f.source_url is null and lower(left(u.url, 5)) = 'data:')
          )
      ) as l
    ) as n
    where g.id = p_generation and (g.output_urls is distinct from n.urls or g.output_thumbs is distinct from n.thumbs);
  end if;
  update basepool.output_files as f set again_at = null
  where f.generation_id = p_generation and f.again_at is not null and f.state in ('stored', 'failed');
end
$$;

revoke all on function basepool._show_outputs(uuid, integer) from public, anon, authenticated, service_role;

comment on function basepool._show_outputs(uuid, integer) is
'Puts where the files of p_generation are kept into its output_urls and output_thumbs, if none of them is waited for any more: the
lasting URL, the key where it is private, the source link where it could not be kept; beside it its thumbnail or null. p_nth: one of
its files, stored or failed, whose row the caller has locked; it is noted there where somebody holds the generation. The caller has
_lock_outputs.';
