// Submits generations and shows them as they come. No build step: this file, its page and ../supabase-js/watch.js as they are.

/** @import { Client, Generation, Library } from '../supabase-js/watch.js' */
/** @typedef {{ url: string, key: string, token: string, library?: string }} Config */

import { listGenerations, merge, watchGenerations, withLinks } from '../supabase-js/watch.js';

// whatever it is loaded from, it is this file of the package on npm
const LIBRARY = 'https://cdn.jsdelivr.net/npm/@supabase/supabase-js@2.119.0/dist/umd/supabase.js';
const INTEGRITY = 'sha384-uteMfOloLDGt042uDz+xHGF3ym63/WQ6rFq7murQRG8Ih7QrXGEGNtWd8688sb4O';
const NEWEST = 60;
const ACTIVE = new Set(['pending', 'queued', 'processing']);
const VIDEO = /\.(mp4|webm|mov|m4v)$/i;
const AUDIO = /\.(mp3|wav|flac|ogg|m4a)$/i;
const PICTURE = /\.(png|jpe?g|webp|gif|avif|svg)$/i;

const page = {
  signIn: /** @type {HTMLFormElement} */ (element('sign-in')),
  submit: /** @type {HTMLFormElement} */ (element('submit')),
  prompt: /** @type {HTMLTextAreaElement} */ (element('prompt')),
  card: /** @type {HTMLTemplateElement} */ (element('card')),
  problem: element('problem'),
  told: element('told'),
  heading: element('generations'),
  none: element('none'),
  list: element('list'),
  counts: element('counts'),
};

/** @type {Generation[]} */
let generations = [];
/** @type {Map<string, HTMLElement>} */
const cards = new Map();

await begin();

async function begin() {
  const config = await findConfig();
  const { createClient } = await loadLibrary(config?.library ?? LIBRARY);
  if (config) {
    const { url, key, token } = config;
    show(createClient(url, key, { accessToken: async () => token }), userOf(token));
    return;
  }
  page.signIn.hidden = false;
  onSubmit(page.signIn, async (given) => {
    const client = createClient(given('url'), given('key'));
    const { data, error } = await client.auth.signInWithPassword({ email: given('email'), password: given('password') });
    if (error) throw error;
    page.signIn.hidden = true;
    show(client, data.user.id);
  });
}

/**
 * Whoever serves this page may say where the project is and who is signed in; `make up` does.
 *
 * @returns {Promise<Config | undefined>}
 */
async function findConfig() {
  const answer = await fetch('config.json').catch(() => undefined);
  return answer?.ok ? answer.json() : undefined;
}

/**
 * @param {string} source
 * @returns {Promise<Library>}
 */
function loadLibrary(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = source;
    script.integrity = INTEGRITY;
    script.crossOrigin = 'anonymous';
    script.onload = () => resolve(/** @type {any} */ (globalThis).supabase);
    script.onerror = () => {
      complain(`supabase-js could not be loaded from ${new URL(source, location.href).host}.`);
      reject(new Error(source));
    };
    document.head.append(script);
  });
}

/** @param {string} token */
function userOf(token) {
  const claims = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return String(JSON.parse(atob(claims)).sub);
}

/**
 * @param {Client} supabase
 * @param {string} userId
 */
function show(supabase, userId) {
  // the same as long as nothing is changed: sent again because its answer was lost, it is one generation
  let key = crypto.randomUUID();
  const renewKey = () => {
    key = crypto.randomUUID();
  };
  page.submit.hidden = false;
  page.heading.hidden = false;
  page.submit.addEventListener('input', renewKey);
  onSubmit(page.submit, async (given) => {
    const { error } = await supabase.rpc('submit_generation', {
      p_replicate_model: given('model'),
      p_input: { prompt: given('prompt') },
      p_idempotency_key: key,
    });
    if (error) throw error;
    renewKey();
    page.prompt.value = '';
    page.prompt.focus();
  });
  page.prompt.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      page.submit.requestSubmit();
    }
  });

  const cancel = async (/** @type {string} */ id) => {
    const { error } = await supabase.rpc('cancel_generation', { p_id: id });
    if (error) complain(error);
  };
  // one after the other, so that what is told later is younger
  let work = Promise.resolve();
  const onChange = (/** @type {Generation[]} */ changed) => {
    work = work.then(async () => {
      const linked = await withLinks(supabase, changed);
      announce(linked);
      generations = merge(generations, linked);
      draw(cancel);
    }).catch(complain);
  };
  listGenerations(supabase, userId, NEWEST)
    .then((list) => withLinks(supabase, list))
    .then((list) => {
      // what was told meanwhile is younger
      generations = merge(generations, list, true);
      draw(cancel);
    })
    .catch(complain);
  watchGenerations(supabase, userId, onChange, { onError: complain });
}

/** Draws what changed, and moves nothing else: who is at a button stays there. */
function draw(/** @type {(id: string) => void} */ cancel) {
  let next = page.list.firstElementChild;
  for (const generation of generations) {
    const known = cards.get(generation.id);
    const card = known ?? copyOf(page.card);
    if (!known) {
      cards.set(generation.id, card);
      part(card, '.cancel').addEventListener('click', () => cancel(generation.id));
    }
    fill(card, generation);
    if (card === next) next = next.nextElementSibling;
    else page.list.insertBefore(card, next);
  }
  const active = generations.filter(isActive).length;
  page.none.hidden = generations.length > 0;
  const many = `${generations.length} generation${generations.length === 1 ? '' : 's'}`;
  page.counts.textContent = `${many}, ${active} under way`;
}

/**
 * @param {HTMLElement} card
 * @param {Generation} generation
 */
function fill(card, generation) {
  const version = JSON.stringify(generation);
  if (card.dataset.version === version) return;
  card.dataset.version = version;
  const { prompt, status, model_name, error_message, created_at } = generation;
  card.setAttribute('aria-busy', String(isActive(generation)));
  part(card, '.prompt').textContent = prompt || 'no prompt';
  part(card, '.status').textContent = status;
  part(card, '.status').dataset.status = status ?? '';
  part(card, '.model').textContent = model_name;
  const time = /** @type {HTMLTimeElement} */ (part(card, 'time'));
  time.dateTime = created_at ?? '';
  time.textContent = created_at ? new Date(created_at).toLocaleString() : '';
  const problem = part(card, '.problem');
  problem.hidden = !error_message;
  problem.textContent = error_message;
  const cancel = part(card, '.cancel');
  if (document.activeElement === cancel && !isActive(generation)) page.heading.focus();
  cancel.hidden = !isActive(generation);
  cancel.setAttribute('aria-label', `Cancel ${prompt || model_name}`);
  part(card, '.media').replaceChildren(...mediaOf(generation));
}

/** @param {Generation} generation */
function mediaOf(generation) {
  const { output_urls, output_thumbs, output_text, prompt, model_name } = generation;
  if (isActive(generation)) return [make('span', { className: 'wait' })];
  const files = (output_urls ?? []).filter(isSafe);
  if (files.length === 0) return output_text ? [make('p', { className: 'text', textContent: output_text, tabIndex: 0 })] : [];
  const name = prompt || model_name;
  return files.slice(0, 4).map((url, nth) => {
    const label = files.length > 1 ? `${name}, ${nth + 1} of ${files.length}` : name;
    const thumb = output_thumbs?.[nth];
    const path = url.startsWith('data:') ? '' : new URL(url).pathname;
    if (VIDEO.test(path)) {
      return make('video', { src: url, poster: thumb ?? '', controls: true, preload: 'metadata', ariaLabel: label });
    }
    if (AUDIO.test(path)) return make('audio', { src: url, controls: true, preload: 'none', ariaLabel: label });
    const link = make('a', { href: url, target: '_blank', rel: 'noopener' });
    const asFile = () => {
      link.className = 'file';
      link.textContent = `Open ${path.split('/').at(-1) || 'the file'}`;
    };
    if (thumb || PICTURE.test(path) || url.startsWith('data:image/')) {
      const picture = make('img', { src: thumb ?? url, alt: label, loading: 'lazy', decoding: 'async' });
      picture.addEventListener('error', asFile);
      link.append(picture);
    } else {
      asFile();
    }
    return link;
  });
}

/** @param {string} url */
function isSafe(url) {
  return /^https?:\/\//i.test(url) || /^data:image\/(png|jpeg|webp|gif|avif)[;,]/i.test(url);
}

/**
 * For who can't see it.
 *
 * @param {Generation[]} changed
 */
function announce(changed) {
  const before = new Map(generations.map(({ id, status }) => [id, status]));
  const news = changed.filter(({ id, status }) => before.has(id) && before.get(id) !== status && status !== 'processing');
  if (news.length > 0) page.told.textContent = news.map(({ prompt, status }) => `${prompt || 'A generation'}: ${status}`).join('. ');
}

/** @param {Generation} generation */
function isActive({ status }) {
  return ACTIVE.has(status ?? '');
}

/** @param {unknown} problem */
function complain(problem) {
  const { message, hint } = /** @type {{ message?: string, hint?: string }} */ (Object(problem));
  page.problem.textContent = [message ?? String(problem), hint].filter(Boolean).join(' ');
  page.problem.hidden = false;
}

/**
 * @param {HTMLFormElement} form
 * @param {(given: (name: string) => string) => Promise<void>} submit
 */
function onSubmit(form, submit) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
    if (button.disabled) return;
    const data = new FormData(form);
    button.disabled = true;
    page.problem.hidden = true;
    try {
      await submit((name) => String(data.get(name) ?? '').trim());
    } catch (error) {
      complain(error);
    } finally {
      button.disabled = false;
    }
  });
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @param {HTMLElement} card
 * @param {string} selector
 */
function part(card, selector) {
  return /** @type {HTMLElement} */ (card.querySelector(selector));
}

/** @param {HTMLTemplateElement} template */
function copyOf(template) {
  return /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Partial<HTMLElementTagNameMap[K]>} properties
 */
function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
