// What an operation makes of a document: a second implementation of what the server does, small and slow.

const indexNames = ["source", "state", "type"];
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// RFC 7396.
function mergePatch(target, patch) {
  if (!isObject(patch)) return patch;
  const made = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete made[name];
    else made[name] = mergePatch(made[name], value);
  }
  return made;
}

function increment(document, steps) {
  const sums = Object.entries(steps).map(([name, by]) => [name, (document?.[name] ?? 0) + by]);
  return mergePatch(document ?? {}, Object.fromEntries(sums));
}

const newData = {
  set: (_, data) => data,
  merge: (document, data) => mergePatch(document, data),
  increment,
};

// The tags that mirror members of the document.
function indexTags(data) {
  if (!isObject(data)) return {};
  return Object.fromEntries(indexNames.filter((name) => typeof data[name] === "string").map((name) => [name, data[name]]));
}

function withoutIndexTags(tags) {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !indexNames.includes(name)));
}

// `before` and the answer: {data, tags} of the entity, null if there is none.
export function apply({ op, data, tags }, before) {
  if (op === "remove") return null;
  const made = newData[op](before?.data, data);
  return { data: made, tags: { ...withoutIndexTags(tags ?? before?.tags ?? {}), ...indexTags(made) } };
}
