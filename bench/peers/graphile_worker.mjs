// graphile-worker: addJob or addJobs; run() one job at a time per client, or with a local queue and batched completion, its
// documented settings for high throughput. Finished jobs are deleted: it keeps no history.
import { setTimeout as sleep } from "node:timers/promises";

import { load, main, payload, share, task } from "./driver.mjs";

const FILL = 500;
const LOCAL_QUEUE = 500;
const { run, makeWorkerUtils, Logger } = await load("graphile-worker");
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ connectionString: task.url, logger, maxPoolSize: task.clients });
await utils.migrate();

const specification = (number) => ({ identifier: "noop", payload: payload(number) });
const add = (jobs, clients, batch) =>
  share(jobs, clients, batch, (numbers) =>
    batch === 1 ? utils.addJob("noop", payload(numbers[0])) : utils.addJobs(numbers.map(specification)),
  );
const inBatches = {
  localQueue: { size: LOCAL_QUEUE, refetchDelay: { durationMs: 10 } },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

const isAnyLeft = () =>
  utils.withPgClient(async (client) => {
    const left = await client.query("select exists (select from graphile_worker.jobs) as any");
    return left.rows[0].any;
  });

async function finish(jobs) {
  let seen = 0;
  let first;
  let done;
  const all = new Promise((resolve) => (done = resolve));
  const noop = async () => {
    first ??= performance.now();
    seen += 1;
    if (seen === jobs) done();
  };
  const worker = {
    connectionString: task.url,
    logger,
    maxPoolSize: Math.min(task.clients + 2, 34),
    concurrentJobs: task.clients,
    pollInterval: 100,
    ...(task.batch === 1 ? {} : inBatches),
  };
  const runner = await run({ preset: { worker }, noHandleSignals: true, taskList: { noop } });
  await all;
  // called is not yet recorded, and stop() does not wait for that
  while (await isAnyLeft()) await sleep(1);
  const last = performance.now();
  await runner.stop();
  return { from: first, to: last };
}

await main({
  submit: (jobs) => add(jobs, task.clients, task.batch),
  fill: (jobs) => add(jobs, 1, FILL),
  finish,
  settle: () => utils.withPgClient((client) => client.query("vacuum analyze")),
});
