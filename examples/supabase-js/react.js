// The same for React: a list that stays true.

/** @import { Client, Generation } from './watch.js' */

import { useEffect, useState } from 'react';

import { listGenerations, merge, watchGenerations } from './watch.js';

/**
 * The newest generations of a user, newest first, as they are now: `const { generations, error } = useGenerations(supabase, user.id)`.
 *
 * @param {Client} supabase the same object with each rendering
 * @param {string | undefined} userId none as long as nobody is signed in
 * @param {number} [limit] how many of those that are there at the beginning
 */
export function useGenerations(supabase, userId, limit = 50) {
  const [generations, setGenerations] = useState(/** @type {Generation[]} */ ([]));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [of, setOf] = useState(userId);

  useEffect(() => {
    setOf(userId);
    setGenerations([]);
    setError(null);
    if (!userId) return undefined;
    let isOver = false;
    const unlessOver = (/** @type {() => void} */ step) => {
      if (!isOver) step();
    };
    listGenerations(supabase, userId, limit).then(
      // what was told meanwhile is younger
      (list) => unlessOver(() => setGenerations((known) => merge(known, list, true))),
      (reason) => unlessOver(() => setError(reason)),
    );
    const stop = watchGenerations(
      supabase,
      userId,
      (changed) => unlessOver(() => setGenerations((known) => merge(known, changed))),
      { onError: (reason) => unlessOver(() => setError(reason)) },
    );
    return () => {
      isOver = true;
      stop();
    };
  }, [supabase, userId, limit]);

  // the first rendering for another user comes before the effect, and may not show what the one before had
  return of === userId ? { generations, error } : { generations: [], error: null };
}
