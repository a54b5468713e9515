// The kinds of subscriptions that the model test knows. A further one is one more row here:
//   weight   how often it is chosen
//   channel  (random, rooms) → what is subscribed to
//   view     (random, {sdk}) → what it chooses to see
//   books    (channel, books) → the books of the rooms that it is told of
//   judge    (subscription, books) → faults: {channel, view, log, books, wanted}
import { judgeRoom } from "./verdict.mjs";
import { randomView } from "./view.mjs";

const ofOneRoom = {
  channel: (random, rooms) => random.pick(rooms),
  books: (channel, books) => [books.get(channel)],
  judge: judgeRoom,
};

export const kinds = {
  stream: { ...ofOneRoom, weight: 2, view: (random, options) => randomView(random, 0, options) },
  map: { ...ofOneRoom, weight: 3, view: (random, options) => randomView(random, 1, options) },
};

const bag = Object.entries(kinds).flatMap(([kind, { weight }]) => Array(weight).fill(kind));
export const randomKind = (random) => random.pick(bag);
