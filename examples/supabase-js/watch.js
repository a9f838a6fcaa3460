// Tells a page of its user's generations: at once where Realtime is, slowly where it is not. Plain JavaScript with types in its
// comments, so that it runs in a browser, in Node and under `tsc --strict` as it stands.

/** @import { Database } from './database.ts' */
/** @import { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js' */
/** @typedef {typeof import('@supabase/supabase-js')} Library */
/** @typedef {SupabaseClient<Database>} Client */
/** @typedef {Awaited<ReturnType<typeof fetchGenerations>>[number]} Generation */
/** @typedef {{ pollSeconds?: number, onError?: (error: unknown) => void }} Options */

const COLUMNS =
  'id, user_id, status, action, model_name, prompt, output_urls, output_thumbs, output_text, error_message, is_favorite, created_at, completed_at';
const POLL_SECONDS = 15;
/** A message may be lost, so one who is told asks as well, but this many times less. */
const SELDOM = 8;
/** So many ids fit into an URL. */
const PAGE = 100;
/** A page that leaves and comes back, as React's strict mode does, keeps its channel. */
const LINGER_MS = 1000;

/** @type {WeakMap<Client, Map<string, Watch>>} */
const watches = new WeakMap();

/**
 * Calls `onChange` with generations of `userId` that came in or changed, as they are now. Returns what ends it.
 *
 * The messages of the private topic `generations:<user>` are hints: what changed is read again with each of them, whenever the
 * channel is joined (anew), and every `pollSeconds` (15) while it is not to be had. Those that changed within the last day are
 * told at the beginning. `onError` hears of what failed; it is tried again with the next poll.
 *
 * @param {Client} supabase of the user who is signed in
 * @param {string} userId
 * @param {(changed: Generation[]) => void} onChange
 * @param {Options} [options]
 * @returns {() => void}
 */
export function watchGenerations(supabase, userId, onChange, options = {}) {
  const mine = watches.get(supabase) ?? new Map();
  watches.set(supabase, mine);
  const watch = mine.get(userId) ?? new Watch(supabase, userId, options, () => mine.delete(userId));
  mine.set(userId, watch);
  return watch.add(onChange);
}

/**
 * The newest generations of a user, for the first look at a list.
 *
 * @param {Client} supabase
 * @param {string} userId
 * @param {number} limit
 */
export async function listGenerations(supabase, userId, limit) {
  const { data, error } = await supabase
    .from('generations')
    .select(COLUMNS)
    .eq('user_id', userId)
    .order('created_at', { ascending: false })
    .limit(limit);
  if (error) throw error;
  return data;
}

/**
 * A list, newest first, with those of `more` in it. Where both have one, `more` knows it better, unless `isOlder`.
 *
 * @param {readonly Generation[]} list
 * @param {readonly Generation[]} more
 * @param {boolean} [isOlder]
 * @returns {Generation[]}
 */
export function merge(list, more, isOlder = false) {
  const [old, young] = isOlder ? [more, list] : [list, more];
  const byId = new Map([...old, ...young].map((generation) => [generation.id, generation]));
  return [...byId.values()].sort((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? '') || a.id.localeCompare(b.id));
}

/**
 * Generations with links that can be followed: of files in a private store `output_urls` has the keys only, and a link to one is
 * made for an hour.
 *
 * @param {Client} supabase
 * @param {readonly Generation[]} generations
 * @returns {Promise<Generation[]>}
 */
export function withLinks(supabase, generations) {
  return Promise.all(
    generations.map(async (generation) => {
      if (!generation.output_urls?.some((url) => !/^(https?|data):/i.test(url))) return generation;
      const { data, error } = await supabase.rpc('get_output_urls', { p_generation: generation.id });
      if (error) throw error;
      return { ...generation, output_urls: data.map((file) => file.url), output_thumbs: data.map((file) => file.thumb_url) };
    }),
  );
}

/**
 * Those of `userId` only: what is told belongs to whoever is signed in by now, who may be another one already.
 *
 * @param {Client} supabase
 * @param {string} userId
 * @param {string[]} ids
 */
async function fetchGenerations(supabase, userId, ids) {
  const { data, error } = await supabase.from('generations').select(COLUMNS).eq('user_id', userId).in('id', ids);
  if (error) throw error;
  return data;
}

/** One per client and user, however many look: a client has a topic once. */
class Watch {
  #supabase;
  #userId;
  #options;
  #onEnd;
  /** @type {Set<(changed: Generation[]) => void>} */
  #listeners = new Set();
  /** @type {RealtimeChannel | undefined} */
  #channel;
  #isJoined = false;
  /** @type {string | null} */
  #since = null;
  /** What the last look has told, by id: it comes again for a while. */
  #told = new Map();
  #work = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #nextLook;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #leaving;
  #isOver = false;

  /**
   * @param {Client} supabase
   * @param {string} userId
   * @param {Options} options
   * @param {() => void} onEnd
   */
  constructor(supabase, userId, options, onEnd) {
    this.#supabase = supabase;
    this.#userId = userId;
    this.#options = options;
    this.#onEnd = onEnd;
    void this.#guard(() => this.#join());
  }

  /** @param {(changed: Generation[]) => void} listener */
  add(listener) {
    clearTimeout(this.#leaving);
    // an own function, so that one that is added twice is there twice
    const tell = (/** @type {Generation[]} */ changed) => listener(changed);
    this.#listeners.add(tell);
    this.#do(async () => {
      // from the beginning, though others may have heard it
      this.#since = null;
      this.#told.clear();
    });
    this.#look();
    return () => {
      if (this.#listeners.delete(tell) && this.#listeners.size === 0) {
        this.#leaving = setTimeout(() => this.#leave(), LINGER_MS);
      }
    };
  }

  async #join() {
    // a private topic asks for the user's token, and the client has none before it is told
    await this.#supabase.realtime.setAuth();
    if (this.#isOver) return;
    this.#channel = this.#supabase
      .channel(`generations:${this.#userId}`, { config: { private: true } })
      .on('broadcast', { event: 'changes' }, ({ payload }) => this.#hear(payload))
      .subscribe((status) => {
        const wasJoined = this.#isJoined;
        this.#isJoined = status === 'SUBSCRIBED';
        // while it can't be joined, it says so with every try
        if (this.#isJoined || wasJoined) this.#look();
      });
  }

  #leave() {
    this.#isOver = true;
    this.#onEnd();
    clearTimeout(this.#nextLook);
    if (this.#channel) void this.#supabase.removeChannel(this.#channel);
  }

  /** @param {{ v?: number, changes?: { id: string }[], more?: boolean }} message */
  #hear({ v, changes, more }) {
    if (v !== 1 || !changes || more) {
      this.#look();
    } else {
      this.#do(() => this.#fetch(changes.map((change) => change.id)));
    }
  }

  /** Reads what has changed, now and again later. */
  #look() {
    clearTimeout(this.#nextLook);
    this.#do(async () => {
      clearTimeout(this.#nextLook);
      try {
        await this.#catchUp();
      } finally {
        const seconds = (this.#options.pollSeconds ?? POLL_SECONDS) * (this.#isJoined ? SELDOM : 1);
        if (!this.#isOver) this.#nextLook = setTimeout(() => this.#look(), seconds * 1000);
      }
    });
  }

  async #catchUp() {
    const told = new Map();
    for (;;) {
      const { data, error } = await this.#supabase.rpc('get_generation_changes', { p_since: this.#since, p_max: PAGE });
      if (error) throw error;
      const last = data.at(-1);
      if (!last) break;
      await this.#fetch(data.filter(({ id, changed_at }) => this.#told.get(id) !== changed_at).map(({ id }) => id));
      for (const { id, changed_at } of data) told.set(id, changed_at);
      this.#since = last.next_since;
      // else there is more to read at once
      if (last.next_since !== last.changed_at) break;
    }
    this.#told = told;
  }

  /** @param {string[]} ids */
  async #fetch(ids) {
    for (let start = 0; start < ids.length; start += PAGE) {
      const changed = await fetchGenerations(this.#supabase, this.#userId, ids.slice(start, start + PAGE));
      if (!this.#isOver && changed.length > 0) for (const tell of [...this.#listeners]) tell(changed);
    }
  }

  /**
   * One after the other, so that what is told later is younger.
   *
   * @param {() => Promise<void>} step
   */
  #do(step) {
    this.#work = this.#work.then(() => (this.#isOver ? undefined : this.#guard(step)));
  }

  /** @param {() => Promise<void>} step */
  async #guard(step) {
    try {
      await step();
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}
