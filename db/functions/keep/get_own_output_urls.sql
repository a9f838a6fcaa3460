-- Where a user's own files are. What is private is not to be had without a link that ends.
create or replace function basepool.get_own_output_urls(p_generation uuid, p_seconds integer)
returns table (
  nth integer,
  url text,
  thumb_url text,
  content_type text,
  size bigint,
  width integer,
  height integer,
  seconds numeric
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_urls text [];
  v_thumbs text [];
  v_expires bigint;
  v_secret bytea;
begin
  if p_seconds is null or p_seconds not between 1 and 604800 then
    raise exception using
      errcode = 'PT400',
      message = format('p_seconds is %s', coalesce(p_seconds::text, 'null')),
      hint = 'A link may last from 1 second to 7 days.';
  end if;
  select g.output_urls, g.output_thumbs into v_urls, v_thumbs
  from public.generations as g
  where g.id = p_generation and (g.user_id = auth.uid() or basepool._is_service_role());
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s of yours', coalesce(p_generation::text, 'null')),
      hint = 'Pass the id that submit_generation returned.';
  end if;
  if exists (
    select from basepool.output_files as f where f.generation_id = p_generation and f.state = 'stored' and f.is_private
  ) then
    v_secret := convert_to(basepool.get_output_secret(), 'UTF8');
    v_expires := floor(extract(epoch from basepool.now()))::bigint + p_seconds;
  end if;
  return query
    select
      u.nth::integer
      , case when f.nth is null then u.url else basepool._sign_url(f.url, f.key, f.is_private, v_expires, v_secret) end
      , case
        when f.nth is null then v_thumbs[u.nth]
        else basepool._sign_url(f.thumb_url, f.thumb_key, f.is_private, v_expires, v_secret)
      end
      , f.content_type, f.size, f.width, f.height, f.seconds
    from (
      select o.url, o.nth, min(o.nth) over (partition by o.url) as first_nth from unnest(v_urls) with ordinality as o (url, nth)
    ) as u
    left join basepool.output_files as f
      on f.generation_id = p_generation and f.nth = u.first_nth and f.state = 'stored'
      and (
        u.url in (f.source_url, case when f.is_private then f.key else f.url end)
        or (f.source_url is null and lower(left(u.url, 5)) = 'data:')
      )
    order by u.nth;
end
$$;

revoke all on function basepool.get_own_output_urls(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.get_own_output_urls(uuid, integer) to authenticated, service_role;

comment on function basepool.get_own_output_urls(uuid, integer) is
'What public.get_output_urls says and does, outside the schema that the API shows. Definer: a user has no rights on output_files;
only the owner and the service role are let through. For it alone, and so for authenticated and
service_role.';
