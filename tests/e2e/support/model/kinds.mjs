// The kinds of subscriptions that the model test knows. A further one is one more row here:
//   weight   how often it is chosen
//   channel  (random, rooms) → what is subscribed to
//   takes    (channel) → whether it may be subscribed to so
//   view     (random, {sdk, rooms}) → what it chooses to see
//   books    (channel, books) → the books of the rooms that it is told of
//   isDone   (subscription, books) → whether it was told all: {log, startsBeforeEnd}
//   judge    (subscription, books) → faults: {channel, view, log, books, wanted}
import { isPattern, matches } from "./room_pattern.mjs";
import { judgeRoom } from "./verdict.mjs";
import { judgeRooms } from "./verdict_of_many.mjs";
import { randomView } from "./view.mjs";

const ofOneRoom = {
  channel: (random, rooms) => random.pick(rooms),
  takes: (channel) => !isPattern(channel),
  books: (channel, books) => [books.get(channel)],
  isDone: ({ log }, [{ end }]) => log.reached >= end,
  judge: judgeRoom,
};

const prefixLengths = [0, 1, 2, Infinity]; // of what stands before the star, behind the namespace

const ofManyRooms = {
  channel: (random, rooms) => {
    const [namespace, name] = random.pick(rooms).split(":");
    return `${namespace}:${name.slice(0, random.pick(prefixLengths))}*`;
  },
  takes: isPattern,
  books: (channel, books) => [...books.values()].filter(({ room }) => matches(channel, room)),
  isDone: ({ log }, books) => hasAllEnds(log, books),
  judge: judgeRooms,
};

const hasAllEnds = (log, books) => books.every(({ room }) => log.ends.has(room));
const withRoom = ({ rooms, ...options }) => ({ ...options, tags: { room: rooms } });

export const kinds = {
  stream: { ...ofOneRoom, weight: 4, view: (random, options) => randomView(random, 0, options) },
  map: { ...ofOneRoom, weight: 6, view: (random, options) => randomView(random, 1, options) },
  streamOfRooms: {
    ...ofManyRooms,
    weight: 1,
    view: (random, options) => randomView(random, 0, withRoom(options)),
    // Who began anew after the end was published is not told of it.
    isDone: ({ log, startsBeforeEnd }, books) => log.starts > startsBeforeEnd || hasAllEnds(log, books),
  },
  mapOfRooms: { ...ofManyRooms, weight: 3, view: (random, options) => randomView(random, 1, withRoom(options)) },
};

const bag = Object.entries(kinds).flatMap(([kind, { weight }]) => Array(weight).fill(kind));
export const randomKind = (random) => random.pick(bag);
export const randomKindFor = (channel, random) => random.pick(bag.filter((kind) => kinds[kind].takes(channel)));
