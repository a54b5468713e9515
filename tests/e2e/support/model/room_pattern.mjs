// Subscriptions to many rooms: which rooms a pattern matches, and how their keys and changes are shown.

export const isPattern = (channel) => channel.endsWith("*");
export const matches = (pattern, room) => room.startsWith(pattern.slice(0, -1));
export const keyOfRoom = (room, key) => `${room.replaceAll("%", "%25").replaceAll("/", "%2F")}/${key}`;

// Of a key as it is shown.
export const roomOfKey = (shown) => decodeURIComponent(shown.slice(0, shown.indexOf("/")));

// A change of the book as the subscribers of a pattern see it: whatever its publisher calls so, the tag `room` is the room's name.
export function asOfRoom(room, change) {
  const { key, tags, before } = change;
  return {
    ...change,
    ...(key !== undefined && { key: keyOfRoom(room, key) }),
    tags: { ...tags, room },
    before: before && { ...before, tags: { ...before.tags, room } },
  };
}
