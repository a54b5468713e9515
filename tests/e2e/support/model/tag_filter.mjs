// Tags filters (`tf`): what passes them, and random ones.

const number = (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : NaN);
const compared = (test) => (tag, { val }) => test(number(tag), number(val));

// Of a tag that is there. NaN compares as false.
const comparisons = {
  eq: (tag, { val }) => tag === val,
  neq: (tag, { val }) => tag !== val,
  in: (tag, { vals }) => vals.includes(tag),
  nin: (tag, { vals }) => !vals.includes(tag),
  ex: () => true,
  nex: () => false,
  sw: (tag, { val }) => tag.startsWith(val),
  ew: (tag, { val }) => tag.endsWith(val),
  ct: (tag, { val }) => tag.includes(val),
  lt: compared((left, right) => left < right),
  lte: compared((left, right) => left <= right),
  gt: compared((left, right) => left > right),
  gte: compared((left, right) => left >= right),
};
const trueOfNone = new Set(["neq", "nin", "nex"]);

export function passes(filter, tags) {
  const { op, nodes, key, cmp } = filter;
  if (op === "and") return nodes.every((node) => passes(node, tags));
  if (op === "or") return nodes.some((node) => passes(node, tags));
  if (op === "not") return !passes(nodes[0], tags);
  return key in tags ? comparisons[cmp](tags[key], filter) : trueOfNone.has(cmp);
}

// `vocabulary`: tag → the values that publishers give it. Some comparisons make no sense, as some will out there.
function randomLeaf(random, vocabulary) {
  const key = random.pick(Object.keys(vocabulary));
  const cmp = random.pick(Object.keys(comparisons));
  const value = () => random.pick(vocabulary[key]);
  if (cmp === "ex" || cmp === "nex") return { key, cmp };
  if (cmp === "in" || cmp === "nin") return { key, cmp, vals: [value(), value()] };
  if (cmp === "sw") return { key, cmp, val: value().slice(0, 1) };
  if (cmp === "ew") return { key, cmp, val: value().slice(-1) };
  return { key, cmp, val: value() };
}

function randomNode(random, vocabulary, depth) {
  if (depth === 0 || random.below(2) === 0) return randomLeaf(random, vocabulary);
  const op = random.pick(["and", "or", "not"]);
  const count = op === "not" ? 1 : random.between(1, 3);
  return { op, nodes: Array.from({ length: count }, () => randomNode(random, vocabulary, depth - 1)) };
}

// What has the tag `always` passes it, whatever else it has.
export function randomFilter(random, vocabulary, always) {
  return { op: "or", nodes: [{ key: always, cmp: "ex" }, randomNode(random, vocabulary, 2)] };
}
