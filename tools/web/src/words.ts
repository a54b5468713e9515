// What the codes of the protocol mean for the person in front of the page.

const meanings: Record<number, string> = {
  100: "The server had an internal error.",
  101: "This server needs a token. Add #token=… to the address of this page.",
  102: "There is no such room.",
  103: "Permission denied: this room is not open to this page. Another #token=… in its address may be.",
  106: "Too many rooms are open on this connection.",
  107: "The server did not understand the name of the room.",
  108: "The server does not offer this here.",
  109: "The token has expired. Add a new one to the address of this page.",
  3001: "The server is shutting down.",
  3005: "The connection's token has expired.",
  3008: "This page was too slow to follow.",
  3009: "The server could not write to this page.",
  3010: "The server lost track of this page's position.",
  3012: "This page did not answer the server in time.",
  3013: "The server is asking for fewer requests.",
  3500: "The token is not valid. Correct #token=… in the address of this page, or leave it out if the server runs with --dev.",
  3501: "The server did not understand this page.",
  3502: "The server closed the connection because nothing came in time.",
  3503: "An operator has closed this connection.",
  3504: "The server has as many connections as it allows.",
  3507: "Permission denied: this connection is not allowed here. Add #token=… to the address of this page.",
};

// Reasons that the SDK gives itself.
const reasons: Record<string, string> = {
  "transport closed": "The server cannot be reached.",
  "no ping": "The server has gone silent.",
  timeout: "The server did not answer in time.",
  "connection limit": "The server has as many connections as it allows.",
};

export function inWords(code: number, reason: string): string {
  const known = meanings[code] ?? reasons[reason];
  if (known) return known;
  return reason ? `${sentence(reason)} (code ${code})` : `Code ${code}.`;
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
