// pg-boss: send or insert; each client fetches a batch and completes it, until nothing is left. Finished jobs stay in its table.
import { load, main, payload, share, task } from "./driver.mjs";

const QUEUE = "bench";
const FILL = 500;
const library = await load("pg-boss");
const PgBoss = library.PgBoss ?? library.default;
const boss = new PgBoss({ connectionString: task.url, max: task.clients, supervise: false, schedule: false });
boss.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
await boss.start();
await boss.createQueue(QUEUE);

const add = (jobs, clients, batch) =>
  share(jobs, clients, batch, (numbers) =>
    batch === 1
      ? boss.send(QUEUE, payload(numbers[0]))
      : boss.insert(
          QUEUE,
          numbers.map((number) => ({ data: payload(number) })),
        ),
  );

async function finish(jobs) {
  let seen = 0;
  await Promise.all(
    Array.from({ length: task.clients }, async () => {
      for (;;) {
        const taken = await boss.fetch(QUEUE, { batchSize: task.batch });
        if (!taken?.length) return;
        await boss.complete(
          QUEUE,
          taken.map((job) => job.id),
        );
        seen += taken.length;
      }
    }),
  );
  if (seen !== jobs) throw new Error(`${seen} of ${jobs} were done`);
}

await main({
  submit: (jobs) => add(jobs, task.clients, task.batch),
  fill: (jobs) => add(jobs, 1, FILL),
  finish,
  settle: () => boss.getDb().executeSql("vacuum analyze"),
});
