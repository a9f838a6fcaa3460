// How a peer that runs on Node is driven: driver.py, for Node. The peer is looked for where BENCH_NODE has it installed.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const MOST = 100_000;

export const task = JSON.parse(process.argv[2]);
const WARM_UP = task.batch === 1 ? 100 : 1000;

export const load = (name) =>
  import(pathToFileURL(createRequire(join(process.env.BENCH_NODE, "package.json")).resolve(name)));

export const payload = (number) => ({ prompt: `a photo of a red fox, number ${number}`, seed: number });

// work(numbers) for all of `jobs`, `batch` numbers at a time, each client one call after the other
export async function share(jobs, clients, batch, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < jobs) {
        const start = next;
        next += batch;
        await work(Array.from({ length: Math.min(batch, jobs - start) }, (_, i) => start + i));
      }
    }),
  );
}

async function timed(jobs, work) {
  const began = performance.now();
  // a worker of a library is counted from its first job to its last, without its start and stop
  const { from, to } = (await work(jobs)) ?? {};
  return { jobs, seconds: ((to ?? performance.now()) - (from ?? began)) / 1000 };
}

const enough = ({ jobs, seconds }, asked) =>
  Math.min(MOST, Math.max(jobs, Math.round(((jobs / seconds) * asked) / task.batch) * task.batch));

export async function main(driver) {
  const submits = task.operation === "submit";
  const run = submits ? driver.submit : driver.finish;
  let jobs = WARM_UP;
  for (const seconds of [task.seconds / 5, task.seconds]) {
    if (!submits) await driver.fill(jobs);
    jobs = enough(await timed(jobs, run), seconds);
  }
  if (!submits) {
    await driver.fill(jobs);
    await driver.settle();
  }
  console.log(JSON.stringify(await timed(jobs, run)));
  process.exit(0);
}
