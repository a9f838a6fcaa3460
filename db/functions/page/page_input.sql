-- What a user has asked for is nobody's business but for a reason: it is shown to who asks for it, and who did is written down.
create or replace function basepool.page_input(p_id uuid, p_actor text default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '400ms'
as $$
declare
  v_most constant integer := 20000;
  v_generation record;
  v_input text;
  v_is_cut boolean;
begin
  select g.id, g.prompt, g.replicate_input, g.input_image_url, g.input_video_url, g.output_text into v_generation
  from public.generations as g where g.id = p_id;
  if v_generation.id is null then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s', coalesce(p_id::text, 'null')),
      hint = 'It may have been deleted: failed and cancelled ones are, after settings.delete_failed_after.';
  end if;
  perform basepool._audit('show input', p_id::text, p_actor => nullif(left(basepool._printable(p_actor), 100), ''));

  -- a file is no text; a link may carry its own key, and a prompt somebody's secret
  v_input := regexp_replace(
    left(v_generation.replicate_input::text, 4000000), '"(data:[\w./+-]{0,80})(?:[^"\\]|\\.)*"', '"\1,…"', 'g'
  );
  v_is_cut := length(v_input) > v_most;
  v_input := basepool._hide_keys(basepool._clean_text(v_input, v_most));
  return jsonb_build_object(
    'id', p_id
    , 'prompt', basepool._hide_keys(basepool._clean_text(v_generation.prompt, v_most))
    -- what was cut is no JSON any more
    , 'input', case when v_is_cut then to_jsonb(v_input) else v_input::jsonb end
    , 'is_cut', coalesce(
      v_is_cut or length(v_generation.prompt) > v_most or length(v_generation.output_text) > v_most, false
    )
    , 'input_image_url', basepool._printable(basepool._cut_url(v_generation.input_image_url))
    , 'input_video_url', basepool._printable(basepool._cut_url(v_generation.input_video_url))
    , 'output_text', basepool._hide_keys(basepool._clean_text(v_generation.output_text, v_most))
  );
end
$$;

revoke all on function basepool.page_input(uuid, text) from public, anon, authenticated, service_role;
grant execute on function basepool.page_input(uuid, text) to basepool_glue, basepool_operator;

comment on function basepool.page_input(uuid, text) is
'What was asked for and answered, as JSON: {id, prompt, input, is_cut, input_image_url, input_video_url, output_text}. Of each at
most 20,000 characters: input is a text where it is longer. Links are shown without their queries, files (data: URLs) without what
is in them, and what looks like a secret is hidden. Leaves a row in basepool.audit (show input); p_actor: the operator who looks, null:
the login says who. Raises PT404.';
