// What the page shows, kept in the hash of its address: #room=host:vm&view=stream&token=…
// The hash never travels to the server in a request, so a token stays out of its logs.

export type View = "state" | "stream";

export interface Address {
  room: string | null;
  view: View | null; // null: whatever suits the room
  token: string | null;
}

export function parseAddress(hash: string): Address {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const view = fields.get("view");
  return {
    room: fields.get("room") || null,
    view: view === "state" || view === "stream" ? view : null,
    token: fields.get("token") || null,
  };
}

export function formatAddress(address: Address): string {
  const fields: string[] = [];
  for (const name of ["room", "view", "token"] as const) {
    const value = address[name];
    if (value) fields.push(`${name}=${encodeURIComponent(value).replace(/%3A/g, ":").replace(/%2F/g, "/")}`);
  }
  return fields.length > 0 ? `#${fields.join("&")}` : "";
}
