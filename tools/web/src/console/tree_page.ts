// The supervision tree as a picture that one can watch heal: every actor a box in its supervisor's, coloured by phase.

import { element, setText } from "../dom";
import { count, formatTime } from "../format";
import { wordsOfError } from "./client";
import { confirm } from "./dialogs";
import type { Page, Services } from "./page";
import { heading, Message, select } from "./parts";
import { follow } from "./live";
import { repeat, type Repeated } from "./repeat";
import type { Route } from "./routes";
import { changesOf, cut, placeOf, walk, type TreeChange, type TreeNode } from "./tree_diff";
import { TreePicture } from "./tree_picture";
import { TreeDetail } from "./tree_detail";

const everyMs = 1_000;
const toldLimit = "100"; // children of each supervisor in $sys:tree
const eventsKept = 50;
const limits = [
  ["25", "25 children each"],
  ["100", "100 children each"],
  ["1000", "1,000 children each"],
] as const;

export function treePage(services: Services, route: Route): Page {
  return new TreePage(services, route.query["limit"] ?? "100");
}

class TreePage implements Page {
  readonly node = element("div", "tree-page");
  private readonly message = new Message();
  private readonly summary = element("p", "soft tree-summary");
  private readonly picture = new TreePicture((path) => this.choose(path));
  private readonly detail = new TreeDetail(
    (path, node) => void this.restart(path, node),
    () => this.choose(null),
  );
  private readonly events = element("ol", "events");
  private loop: Repeated;
  private tree: TreeNode | null = null;
  private chosen: string[] | null = null;

  constructor(
    private readonly services: Services,
    private limit: string,
  ) {
    const limitSelect = select(limits, limit);
    limitSelect.setAttribute("aria-label", "How many children of each supervisor");
    limitSelect.addEventListener("change", () => {
      this.limit = limitSelect.value;
      this.tree = null; // another cut is no change
      services.note({ limit: this.limit });
      this.loop.stop();
      this.loop = this.begin();
    });
    this.events.setAttribute("aria-live", "polite");
    const happened = element("section", "card happened");
    happened.append(element("h3", "", "What happened since this page opened"), this.events);
    this.events.append(element("li", "soft none", "Nothing yet."));
    const columns = element("div", "tree-columns");
    const side = element("div", "tree-side");
    side.append(this.detail.node, happened);
    columns.append(this.picture.node, side);
    this.node.append(heading("Supervision tree", limitSelect), legend(), this.message.node, this.summary, columns);
    this.loop = this.begin();
  }

  close(): void {
    this.loop.stop();
  }

  private begin(): Repeated {
    const look = () => this.look();
    if (this.limit !== toldLimit) return repeat(everyMs, look);
    return follow<TreeNode>(this.services.live, "$sys:tree", (tree) => this.take(tree), everyMs, look);
  }

  private async look(): Promise<void> {
    const { limit } = this;
    try {
      const tree = await this.services.client.get<TreeNode>(`/api/v1/tree?limit=${limit}`);
      if (limit === this.limit) this.take(tree);
    } catch (error) {
      this.message.fail(error);
      this.message.node.dataset["from"] = "look";
    }
  }

  private take(tree: TreeNode): void {
    const changes = this.tree ? changesOf(this.tree, tree) : [];
    this.tree = tree;
    this.picture.show(tree, new Set(changes.filter(({ what }) => what === "restarted" || what === "phase").map(({ path }) => placeOf(path))));
    this.tell(changes);
    this.summarise(tree);
    this.showDetail();
    if (this.message.node.dataset["from"] === "look") this.message.clear();
  }

  private summarise(tree: TreeNode): void {
    let actors = 0;
    let restarts = 0;
    let hidden = 0;
    let ill = 0;
    walk(tree, (node) => {
      actors += 1;
      restarts += node.restarts;
      hidden += cut(node);
      if (node.phase !== "running") ill += 1;
    });
    const words = [count(actors, "actor")];
    words.push(ill === 0 ? "all running" : `${ill} not running`);
    words.push(`${count(restarts, "restart")} since the start`);
    if (hidden > 0) words.push(`${count(hidden, "more child", "more children")} not shown`);
    setText(this.summary, words.join(" · "));
  }

  private tell(changes: TreeChange[]): void {
    if (changes.length === 0) return;
    this.events.querySelector(".none")?.remove();
    const time = formatTime(new Date());
    for (const { path, what, text } of changes) {
      const line = element("li");
      line.dataset["what"] = what;
      line.append(element("span", "time", time), " ", element("strong", "", path[path.length - 1]), ` ${text}`);
      this.events.prepend(line);
    }
    while (this.events.children.length > eventsKept) this.events.lastElementChild?.remove();
  }

  private choose(path: string[] | null): void {
    const from = this.chosen;
    this.chosen = path;
    this.picture.choose(path);
    this.showDetail();
    if (!path && from) this.picture.focus(from);
  }

  private showDetail(): void {
    let found: TreeNode | null = null;
    const wanted = this.chosen && placeOf(this.chosen);
    if (this.tree && wanted)
      walk(this.tree, (node, path) => {
        if (placeOf(path) === wanted) found = node;
      });
    this.detail.show(this.chosen, found);
  }

  private async restart(path: string[], node: TreeNode): Promise<void> {
    const supervisor = path[path.length - 2];
    if (supervisor === undefined) return;
    const consequence = node.supervisor
      ? `All its children stop with it and start again from what is committed. Requests that are with them are answered "unavailable".`
      : 'It stops and starts again from what is committed. Requests that are with it are answered "unavailable".';
    if (!(await confirm(`Restart ${node.id}?`, consequence, "Restart"))) return;
    try {
      const { actor } = await this.services.client.send<{ actor: number }>("POST", "/api/v1/tree/restart", { supervisor, id: node.id });
      this.message.say(`${node.id} runs again, as actor ${actor}.`, "calm");
      this.message.node.dataset["from"] = "restart";
      this.loop.now();
      this.services.monitor.now();
    } catch (error) {
      this.message.say(`${node.id} was not restarted: ${wordsOfError(error)}`, "alarm");
      this.message.node.dataset["from"] = "restart";
    }
  }
}

function legend(): HTMLElement {
  const line = element("p", "phases");
  for (const phase of ["running", "starting", "waiting", "stopping", "stopped"]) {
    const entry = element("span", "phase", phase);
    entry.dataset["phase"] = phase;
    line.append(entry);
  }
  return line;
}
