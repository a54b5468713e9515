// What happens when, as a list that follows from the seed alone: {at, act, client?, …} in the order of `at`, which counts the changes
// that were published. Each trouble has an end, after a stretch of further changes.
const stretchMin = 0.02; // of the whole
const stretchMax = 0.25;

const weights = { disconnect: 3, slow: 4, leave: 2, renew: 1 };
const bag = Object.entries(weights).flatMap(([act, weight]) => Array(weight).fill(act));

// Both ends of a trouble.
const troubles = {
  disconnect: () => [{ act: "disconnect" }, { act: "connect" }],
  slow: (random) => {
    const how = random.pick(["pause", "pause", 1_000, 20_000]);
    return [
      { act: "slow", how },
      { act: "slow", how: how === "pause" ? "resume" : 0 },
    ];
  },
  leave: (random) => {
    const which = random.next();
    return [
      { act: "leave", which },
      { act: "comeBack", which, fresh: random.below(2) === 0 },
    ];
  },
  renew: (random) => [{ act: "renew", which: random.next() }],
};

export function makePlan(random, { clients, changes, troublesOfEach, kills }) {
  const plan = [];
  const moment = (from = 0.02) => Math.floor(changes * (from + random.next() * (0.95 - from)));
  for (let client = 0; client < clients; client += 1) {
    for (let count = 0; count < troublesOfEach; count += 1) {
      const at = moment();
      const [begin, end] = troubles[random.pick(bag)](random);
      plan.push({ at, client, ...begin });
      const stretch = Math.floor(changes * (stretchMin + random.next() * (stretchMax - stretchMin)));
      if (end) plan.push({ at: Math.min(at + stretch, changes), client, ...end });
    }
  }
  for (let kill = 0; kill < kills; kill += 1) plan.push({ at: moment(0.05), act: "kill" });
  return plan.sort((left, right) => left.at - right.at);
}
