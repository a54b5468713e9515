// The model: clients with subscriptions at random, publishers, lost connections, slow links and killed servers, all from a seed. In the
// end each client has seen what a small model of rooms and views says it must have seen. MODEL_SEEDS, MODEL_CLIENTS, MODEL_CHANGES,
// MODEL_KILLS and MODEL_TROUBLES for other sizes; a failing seed says how to run it again.
import { test } from "node:test";
import { World } from "./support/model/world.mjs";
import { Random } from "./support/random.mjs";

const number = (name, usual) => Number(process.env[name] ?? usual);
const size = {
  clients: number("MODEL_CLIENTS", 40),
  changes: number("MODEL_CHANGES", 6_000),
  kills: number("MODEL_KILLS", 4),
  troublesOfEach: number("MODEL_TROUBLES", 6),
};
const seeds = number("MODEL_SEEDS", 6);
const faultsShown = 5;
const long = Object.keys(process.env).some((name) => name.startsWith("MODEL_"));

const first = Random.seedOfTest("model");

for (let seed = first; seed < first + seeds; seed += 1) {
  test(`seed ${seed}: ${size.clients} clients, ${size.changes} changes, ${size.kills} kills`, async (context) => {
    const world = await World.open(new Random(seed), size, (text) => long && console.log(`seed ${seed}: ${text}`));
    try {
      const faults = await world.run().catch((error) => [error.stack]);
      context.diagnostic(JSON.stringify(world.summary));
      if (faults.length > 0) throw new Error(report(seed, faults));
    } finally {
      await world.close();
    }
  });
}

function report(seed, faults) {
  const { clients, changes, kills, troublesOfEach } = size;
  const sizes = `MODEL_CLIENTS=${clients} MODEL_CHANGES=${changes} MODEL_KILLS=${kills} MODEL_TROUBLES=${troublesOfEach}`;
  const again = `TIDEWIRE_SEED=${seed} MODEL_SEEDS=1 ${sizes} node --test tests/e2e/model.test.mjs`;
  return [`${faults.length} faults; again: ${again}`, ...faults.slice(0, faultsShown)].join("\n\n");
}
