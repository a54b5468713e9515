// What the console shows, kept in the hash of its address: #/rooms/sensor%3Aa?view=history

export interface Route {
  path: string[]; // decoded; the first is the page
  query: Record<string, string>;
}

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const mark = text.indexOf("?");
  const path = (mark < 0 ? text : text.slice(0, mark)).split("/").filter(Boolean).map(decoded);
  return { path, query: Object.fromEntries(new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1))) };
}

// Without what is empty.
export function formatRoute(path: readonly string[], query: Record<string, string> = {}): string {
  const fields = Object.entries(query).filter(([, value]) => value !== "");
  const search = fields.length > 0 ? `?${new URLSearchParams(fields)}` : "";
  return `#/${path.map(encodeURIComponent).join("/")}${search}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
