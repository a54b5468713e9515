// What is known of the box that was chosen in the tree, and what can be done about it.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import { button, facts, link } from "./parts";
import { formatRoute } from "./routes";
import type { TreeNode } from "./tree_diff";
import { bytes, micros } from "./units";

export class TreeDetail {
  readonly node = element("section", "card detail");
  private readonly title = element("h3");
  private readonly body = element("div");
  private readonly error = element("pre", "error");
  private readonly restartButton: HTMLButtonElement;
  private readonly actions = element("div", "actions");
  private readonly roomLink = link("#", "Open the room");
  private path: string[] | null = null;
  private shown: TreeNode | null = null;

  constructor(restart: (path: string[], node: TreeNode) => void, close: () => void) {
    this.node.setAttribute("aria-label", "The chosen actor");
    this.restartButton = button(
      "Restart…",
      () => {
        if (this.path && this.shown) restart(this.path, this.shown);
      },
      "danger",
    );
    this.actions.append(this.restartButton, this.roomLink, button("Close", close));
    this.node.append(this.title, this.body, this.error, this.actions);
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    this.show(null, null);
  }

  show(path: string[] | null, node: TreeNode | null): void {
    this.path = path;
    this.shown = node;
    this.node.classList.toggle("chosen", path !== null);
    this.actions.hidden = path === null;
    if (!path) {
      setText(this.title, "No actor is chosen");
      this.body.replaceChildren(element("p", "soft", "Press one in the picture: it says how it does, and can be restarted here."));
      this.error.hidden = true;
      return;
    }
    setText(this.title, path[path.length - 1] ?? "");
    this.restartButton.disabled = !node || path.length < 2;
    this.restartButton.title = path.length < 2 ? "The root has no supervisor: restart the process instead" : "";
    this.roomLink.hidden = node?.kind !== "room";
    if (node?.kind === "room") this.roomLink.href = formatRoute(["rooms", node.id]);
    this.body.replaceChildren(node ? facts(pairsOf(path, node)) : element("p", "soft", "It is not in the tree any more."));
    setText(this.error, node?.last_error ?? "");
    this.error.hidden = !node || node.last_error === null;
  }
}

function pairsOf(path: string[], node: TreeNode): [string, string][] {
  const pairs: [string, string][] = [["Phase", node.phase]];
  if (path.length > 1) pairs.push(["Under", path.slice(0, -1).join(" › ")]);
  if (node.kind !== undefined) pairs.push(["Kind", node.kind]);
  pairs.push(["Restarts", count(node.restarts, "time")]);
  if (node.actor !== undefined) pairs.push(["Actor", String(node.actor)]);
  if (node.children_total !== undefined) pairs.push(["Children", plain(node.children_total)]);
  if (node.mailbox !== undefined) pairs.push(["Messages waiting", plain(node.mailbox)]);
  if (node.handled !== undefined) pairs.push(["Messages handled", plain(node.handled)]);
  if (node.p99_us !== undefined) pairs.push(["Handler time, p99", micros(node.p99_us)]);
  if (node.memory_bytes !== undefined) pairs.push(["Memory, estimated", bytes(node.memory_bytes)]);
  pairs.push(["Last error", node.last_error === null ? "none" : "below"]);
  return pairs;
}
