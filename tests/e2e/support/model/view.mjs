// What a subscription chooses to see (fields, filter, delta, rate, policy), and how a change looks through that.
//
// A view: {type, fields?, filter?, delta?, maxRate?, slow?, compact?}; type 0 is a stream, 1 a map. `compact`: whether pushes may say the
// number of the channel instead of its name.
import { isDeepStrictEqual } from "node:util";
import { endTag, fieldPaths, tagVocabulary } from "./publications.mjs";
import { passes, randomFilter } from "./tag_filter.mjs";

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// `sdk`: the npm client asks for a filter or for deltas, not for both. `tags`: further ones that a filter may ask for, with their values.
export function randomView(random, type, { sdk = false, tags = {} } = {}) {
  const view = { type };
  if (random.below(2) === 0) view.fields = Array.from({ length: random.between(1, 3) }, () => random.pick(fieldPaths));
  if (random.below(2) === 0) view.filter = randomFilter(random, { ...tagVocabulary, ...tags }, endTag);
  if (random.below(3) === 0 && !(sdk && view.filter)) view.delta = "fossil";
  if (random.below(4) === 0) view.maxRate = random.pick([2, 10, 50]);
  if (random.below(2) === 0) view.slow = random.pick(["conflate", "resync", "disconnect"]);
  if (!sdk && random.below(2) === 0) view.compact = true; // the npm client always does
  return view;
}

// What each command of a subscribe says.
export const compactionFlag = ({ compact }) => (compact ? { flag: 1 } : {});

// The options of it in a subscribe command.
export function subscribeOptions({ type, fields, filter, delta, maxRate, slow, compact }) {
  const data = { ...(fields && { fields }), ...(maxRate && { max_rate: maxRate }), ...(slow && { slow }) };
  return {
    ...(type && { type }),
    ...(Object.keys(data).length > 0 && { data }),
    ...(filter && { tf: filter }),
    ...(delta && { delta }),
    ...compactionFlag({ compact }),
  };
}

// Whether every change that it shows is told: neither a rate nor slowness may leave one out. Where the view says nothing, `policy` holds.
export const tellsAll = ({ type, maxRate, slow }, policy) => type === 0 || (!maxRate && (slow ?? policy) !== "conflate");

function projectPath(into, from, [name, ...rest]) {
  if (!isObject(from) || !(name in from)) return;
  if (rest.length === 0) into[name] = from[name];
  else if (isObject(from[name])) projectPath((into[name] = isObject(into[name]) ? into[name] : {}), from[name], rest);
}

export function project({ fields }, data) {
  if (!fields) return data;
  const made = {};
  // The shorter path first: it has all that lies below it, and the longer one then finds nothing to add.
  const paths = fields.map((path) => path.split(".")).sort((left, right) => left.length - right.length);
  const chosen = paths.filter((path, index) => !paths.slice(0, index).some((other) => other.every((name, at) => path[at] === name)));
  for (const path of chosen) projectPath(made, data, path);
  return made;
}

const shows = ({ filter }, tags) => !filter || passes(filter, tags);

// How a change looks: {told: "always" | "maybe" | "never", removed?, data?}. "maybe": it touches nothing chosen (told in a recovery, and
// where the server does not know what it replaced), or removes what the subscriber may never have seen.
function lookAtMap(view, { key, data, tags, removed, before }) {
  if (key === undefined) return { told: "never" };
  const wasShown = before !== null && shows(view, before.tags);
  if (removed || !shows(view, tags)) return { told: wasShown ? "always" : before === null ? "maybe" : "never", removed: true };
  return { told: !wasShown || changesChosen(view, before, data) ? "always" : "maybe", data: project(view, data) };
}

function lookAtStream(view, { data, tags, removed, before }) {
  if (!shows(view, removed ? (before ?? { tags }).tags : tags)) return { told: "never" };
  if (removed) return { told: "always", data: null };
  return { told: before === null || changesChosen(view, before, data) ? "always" : "maybe", data: project(view, data) };
}

const changesChosen = (view, before, data) => !view.fields || !isDeepStrictEqual(project(view, before.data), project(view, data));

export const look = (view, change) => (view.type === 1 ? lookAtMap(view, change) : lookAtStream(view, change));

// The state that a map subscription has when the room's is that: key → data. `state`: key → {data, tags}.
export function lookAtState(view, state) {
  return new Map([...state].filter(([, { tags }]) => shows(view, tags)).map(([key, { data }]) => [key, project(view, data)]));
}
