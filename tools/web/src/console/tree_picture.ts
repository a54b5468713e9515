// Draws the supervision tree: boxes in boxes. Elements are kept by their place in the tree; a look at it only changes what changed.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import { cut, placeOf, type TreeNode } from "./tree_diff";
import { micros } from "./units";

interface Box {
  node: HTMLElement;
  face: HTMLButtonElement; // what is pressed
  name: HTMLElement;
  restarts: HTMLElement;
  load: HTMLElement;
  children: HTMLElement | null;
  more: HTMLElement | null;
}

export class TreePicture {
  readonly node = element("div", "tree");
  private readonly boxes = new Map<string, Box>();
  private chosen = "";

  constructor(private readonly press: (path: string[]) => void) {
    this.node.setAttribute("role", "tree");
    this.node.setAttribute("aria-label", "Supervision tree");
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  // `changed` are the places that flash.
  show(tree: TreeNode, changed: ReadonlySet<string>): void {
    const seen = new Set<string>();
    const root = this.draw(tree, [], changed, seen);
    if (root !== this.node.firstElementChild) this.node.replaceChildren(root);
    for (const [place, box] of this.boxes) {
      if (seen.has(place)) continue;
      box.node.remove();
      this.boxes.delete(place);
    }
    if (!this.node.querySelector('.face[tabindex="0"]')) this.boxes.get(placeOf([tree.id]))?.face.setAttribute("tabindex", "0");
  }

  choose(path: string[] | null): void {
    this.boxes.get(this.chosen)?.face.setAttribute("aria-selected", "false");
    this.chosen = path ? placeOf(path) : "";
    this.boxes.get(this.chosen)?.face.setAttribute("aria-selected", "true");
  }

  focus(path: string[]): void {
    this.boxes.get(placeOf(path))?.face.focus();
  }

  private draw(node: TreeNode, above: string[], changed: ReadonlySet<string>, seen: Set<string>): HTMLElement {
    const path = [...above, node.id];
    const place = placeOf(path);
    seen.add(place);
    const box = this.boxes.get(place) ?? this.make(node, path, place);
    this.fill(box, node);
    if (changed.has(place)) flash(box.face);
    const { children, more } = box;
    if (!children || !more) return box.node;
    let next = children.firstElementChild;
    for (const child of node.children ?? []) {
      const drawn = this.draw(child, path, changed, seen);
      if (drawn === next) next = next.nextElementSibling;
      else children.insertBefore(drawn, next);
    }
    const hidden = cut(node);
    setText(more, node.answered === false ? "did not answer in time" : hidden > 0 ? `… and ${count(hidden, "more child", "more children")}` : "");
    more.hidden = more.textContent === "";
    return box.node;
  }

  private make(node: TreeNode, path: string[], place: string): Box {
    const outer = element("div", node.supervisor ? "box supervisor" : "box leaf");
    const face = element("button", "face");
    face.type = "button";
    face.tabIndex = -1;
    face.setAttribute("role", "treeitem");
    face.setAttribute("aria-level", String(path.length));
    const name = element("span", "box-name", node.id);
    const restarts = element("span", "restarts");
    const load = element("span", "load");
    face.append(name, restarts, load);
    face.addEventListener("click", () => this.press(path));
    face.addEventListener("focus", () => this.reach(face));
    outer.append(face);
    const children = node.supervisor ? element("div", "children") : null;
    const more = node.supervisor ? element("p", "cut soft") : null;
    if (children && more) outer.append(children, more);
    const box = { node: outer, face, name, restarts, load, children, more };
    outer.dataset["depth"] = String(path.length);
    this.boxes.set(place, box);
    return box;
  }

  private fill({ node, face, restarts, load }: Box, of: TreeNode): void {
    node.dataset["phase"] = of.phase;
    setText(restarts, of.restarts > 0 ? `↻ ${plain(of.restarts)}` : "");
    restarts.hidden = of.restarts === 0;
    const waits = of.mailbox ?? 0;
    setText(load, waits > 0 ? `${plain(waits)} waiting` : of.supervisor || of.p99_us === undefined ? "" : `p99 ${micros(of.p99_us)}`);
    load.dataset["tone"] = waits > 0 ? "warn" : "";
    const error = of.last_error === null ? "" : `\nlast error: ${of.last_error}`;
    face.title = `${of.id}: ${of.phase}${error}`;
    face.setAttribute(
      "aria-label",
      `${of.id}, ${of.phase}, ${count(of.restarts, "restart")}${of.last_error === null ? "" : `, last error ${of.last_error}`}`,
    );
  }

  // One stop of the Tab key for the whole tree; arrows move inside it.
  private reach(face: HTMLElement): void {
    for (const other of this.node.querySelectorAll('.face[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    face.setAttribute("tabindex", "0");
  }

  private key(event: KeyboardEvent): void {
    const faces = [...this.node.querySelectorAll<HTMLElement>(".face")];
    const at = faces.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const target = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: faces.length - 1 }[event.key];
    const face = target === undefined ? undefined : faces[target];
    if (!face) return;
    event.preventDefault();
    face.focus();
  }
}

// Two names for one animation: a change of name starts it again.
function flash(node: HTMLElement): void {
  node.dataset["flash"] = node.dataset["flash"] === "a" ? "b" : "a";
}
