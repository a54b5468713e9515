// The supervision tree as the server tells it, and what changed in it between two looks.

export type Phase = "stopped" | "waiting" | "starting" | "running" | "stopping";

export interface TreeNode {
  id: string;
  supervisor: boolean;
  phase: Phase;
  restarts: number;
  last_error: string | null;
  actor?: number; // while it runs, as the next ones
  kind?: string;
  mailbox?: number;
  handled?: number;
  p99_us?: number;
  memory_bytes?: number;
  answered?: boolean; // of supervisors, as the next ones
  children_total?: number;
  children?: TreeNode[];
}

export interface TreeChange {
  path: string[]; // ids from the root on
  what: "restarted" | "phase" | "came" | "went";
  text: string;
}

// Children that are not listed, because the list was cut.
export function cut(node: TreeNode): number {
  return Math.max(0, (node.children_total ?? 0) - (node.children?.length ?? 0));
}

// One name for each place in the tree: ids may hold any character.
export function placeOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

export function walk(node: TreeNode, visit: (node: TreeNode, path: string[]) => void, above: string[] = []): void {
  const path = [...above, node.id];
  visit(node, path);
  for (const child of node.children ?? []) walk(child, visit, path);
}

export function changesOf(before: TreeNode, after: TreeNode): TreeChange[] {
  const known = new Map<string, { node: TreeNode; path: string[] }>();
  walk(before, (node, path) => known.set(placeOf(path), { node, path }));
  const parents = new Map<string, { before: TreeNode | undefined; after: TreeNode | undefined }>();
  const changes: TreeChange[] = [];
  walk(after, (node, path) => {
    const place = placeOf(path);
    const old = known.get(place)?.node;
    known.delete(place);
    parents.set(place, { before: old, after: node });
    if (!old) {
      if (whole(parents.get(placeOf(path.slice(0, -1))))) changes.push({ path, what: "came", text: "started" });
      return;
    }
    const change = changeOf(old, node);
    if (change) changes.push({ path, ...change });
  });
  for (const { path } of known.values()) if (whole(parents.get(placeOf(path.slice(0, -1))))) changes.push({ path, what: "went", text: "ended" });
  return changes;
}

function changeOf(before: TreeNode, after: TreeNode): Omit<TreeChange, "path"> | null {
  const times = after.restarts - before.restarts;
  const replaced = before.actor !== undefined && after.actor !== undefined && before.actor !== after.actor;
  if (times > 0 || replaced) {
    const why = after.last_error !== null && times > 0 ? `: ${after.last_error}` : "";
    return { what: "restarted", text: `${times > 1 ? `restarted ${times} times` : "restarted"}${why}` };
  }
  return before.phase === after.phase ? null : { what: "phase", text: `${before.phase} → ${after.phase}` };
}

// In a list that is cut somebody may come into sight, or leave it, and have run all the time. The same for one that did not answer.
function whole(of: { before: TreeNode | undefined; after: TreeNode | undefined } | undefined): boolean {
  return of?.before !== undefined && of.after !== undefined && [of.before, of.after].every((node) => cut(node) === 0 && node.answered !== false);
}
