// What a page does, run by test_examples.py: it says in a line of JSON what it sees, and does what it is told to, line by line.

import { createInterface } from 'node:readline';
import { createElement, StrictMode } from '../../../examples/supabase-js/node_modules/react/index.js';
import renderer from '../../../examples/supabase-js/node_modules/react-test-renderer/index.js';
import { createClient } from '../../../examples/supabase-js/node_modules/@supabase/supabase-js/dist/index.mjs';
import { useGenerations } from '../../../examples/supabase-js/react.js';
import { merge, watchGenerations } from '../../../examples/supabase-js/watch.js';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
const { url, key, token, user } = JSON.parse(process.argv[2]);
const supabase = createClient(url, key, { accessToken: async () => token });
const say = (line) => console.log(JSON.stringify(line));
const stops = new Map();
let list = [];
let rendered = null;

/** What the hook returns, as it is shown. */
function List({ whom }) {
  const { generations, error } = useGenerations(supabase, whom, 3);
  return JSON.stringify({ shown: generations.map(({ id, status }) => [id, status]), error });
}

/** What React is to show of whom; of nobody, as before somebody has signed in. */
function render(whom) {
  const tree = createElement(StrictMode, null, createElement(List, { whom }));
  return renderer.act(async () => {
    if (rendered) rendered.update(tree);
    else rendered = renderer.create(tree);
  });
}

const commands = {
  watch({ as, whom, pollSeconds }) {
    stops.set(
      as,
      watchGenerations(
        supabase,
        whom ?? user,
        (changed) => {
          list = merge(list, changed);
          for (const { id, status, output_urls } of changed) say({ as, id, status, output_urls });
        },
        { pollSeconds, onError: (error) => say({ as, error: error.code ?? String(error) }) },
      ),
    );
  },
  stop({ as }) {
    stops.get(as)();
  },
  async render({ whom }) {
    await render(whom);
    say({ rendered: true });
  },
  async shown() {
    await renderer.act(async () => {});
    say(JSON.parse(rendered.toJSON()));
  },
  async unmount() {
    await renderer.act(async () => rendered.unmount());
    say({ rendered: false });
  },
  list() {
    say({ list: list.map(({ id, status }) => [id, status]) });
  },
  channels() {
    say({ channels: supabase.getChannels().map(({ topic, state }) => [topic, state]) });
  },
  async call({ name, args }) {
    const { data, error, status } = await supabase.rpc(name, args);
    say({ data, error, status });
  },
  // a block of a document, as it stands there
  async run({ code, returns }) {
    const AsyncFunction = (async () => {}).constructor;
    say(await new AsyncFunction('supabase', `${code}\nreturn { ${returns} };`)(supabase));
  },
  async select({ columns, order, limit }) {
    const { data, error, status } = await supabase.from('generations').select(columns).order(order).limit(limit);
    say({ data, error, status });
  },
  async insert({ row }) {
    const { data, error, status } = await supabase.from('generations').insert(row).select('id, status').single();
    say({ data, error, status });
  },
  async update({ id, changes }) {
    const { data, error, status } = await supabase.from('generations').update(changes).eq('id', id).select('id, viewed');
    say({ data, error, status });
  },
  async one({ id }) {
    const { data, error, status } = await supabase.from('generations').select('id').eq('id', id).maybeSingle();
    say({ data, error, status });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { does, ...how } = JSON.parse(line);
  await commands[does](how);
}
process.exit(0);
