// Random operations: what publishers send. Every change of the state that can be told apart is: `by` names the operation.

const keys = 40;
const counters = 5; // further keys, whose documents are objects with whole numbers
// Of the last publication of a run, which passes every filter.
export const endKey = "end";
export const endTag = "end";
export const tagVocabulary = {
  zone: ["north", "south", "east", "west"],
  level: ["-2", "0", "3", "7.5", "10", "high"],
  state: ["on", "off", "idle", "wörn \u2028"],
  type: ["lamp", "door"],
};
export const fieldPaths = ["state", "type", "attributes", "attributes.level", "attributes.deep.b", "note", "count", "by", "nothing.there"];
const letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

const text = (random, length) => Array.from({ length }, () => letters[random.below(letters.length)]).join("");
const half = (random) => random.below(2) === 0;

function randomTags(random) {
  const tags = {};
  for (const name of ["zone", "level"]) if (half(random)) tags[name] = random.pick(tagVocabulary[name]);
  if (random.below(8) === 0) tags.room = "a tag like any other, except for subscribers of many rooms";
  return tags;
}

function randomDocument(random, by) {
  return {
    by,
    ...(half(random) && { type: random.pick(tagVocabulary.type) }),
    state: random.pick(tagVocabulary.state),
    attributes: { level: random.below(3), deep: { a: random.below(2), b: random.below(2) } },
    note: text(random, random.below(random.below(5) === 0 ? 4_000 : 400)),
  };
}

// Some of the members, changed or taken away.
function randomPatch(random, by) {
  const patch = { by };
  if (half(random)) patch.state = random.pick([...tagVocabulary.state, null]);
  if (half(random)) patch.attributes = half(random) ? { deep: { b: random.pick([0, 1, null]) } } : { level: random.below(3) };
  if (random.below(4) === 0) patch.note = random.pick([null, 'é "quoted"', text(random, 200)]);
  return patch;
}

const makers = {
  set: (random, by) => ({ key: `k${random.below(keys)}`, op: "set", data: randomDocument(random, by) }),
  merge: (random, by) => ({ key: `k${random.below(keys)}`, op: "merge", data: randomPatch(random, by) }),
  scalar: (random, by) => ({ key: `k${random.below(keys)}`, op: "set", data: random.pick([by, [by], null, 7]) }),
  remove: (random) => ({ key: random.below(8) === 0 ? `n${random.below(counters)}` : `k${random.below(keys)}`, op: "remove" }),
  increment: (random) => ({ key: `n${random.below(counters)}`, op: "increment", data: { count: random.between(-3, 9) } }),
  recount: (random, by) => ({ key: `n${random.below(counters)}`, op: "set", data: { by, count: random.below(100) } }),
  keyless: (random, by) => ({ op: "set", data: randomDocument(random, by) }),
};
const weights = { set: 6, merge: 8, scalar: 1, remove: 2, increment: 3, recount: 1, keyless: 4 };
const bag = Object.entries(weights).flatMap(([kind, weight]) => Array(weight).fill(kind));
// What is stored of them says which operation it was.
const bearNames = ["set", "merge", "keyless"];

// An operation by that name. `named`: one whose outcome can be seen in the history, should nobody acknowledge it.
export function randomOperation(random, by, { named = false } = {}) {
  const made = makers[random.pick(named ? bearNames : bag)](random, by);
  return made.op !== "remove" && half(random) ? { ...made, tags: randomTags(random) } : made;
}

// The last one of a room: it passes every filter, and has whatever fields may choose.
export function endOperation() {
  const attributes = { level: 0, deep: { b: 0 } };
  const data = { type: "lamp", state: "on", attributes, note: "", count: 0, by: "end", nothing: { there: 1 } };
  return { key: endKey, op: "set", data, tags: { [endTag]: "yes" } };
}
