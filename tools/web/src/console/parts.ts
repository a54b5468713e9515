// Small parts that several pages are made of.

import { element, setText } from "../dom";
import { wordsOfError } from "./client";

export type Tone = "calm" | "warn" | "alarm" | "note";

export function button(text: string, press: () => void, className = ""): HTMLButtonElement {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", press);
  return node;
}

export function link(href: string, text: string, className = ""): HTMLAnchorElement {
  const node = element("a", className, text);
  node.href = href;
  return node;
}

// A labelled control.
export function field<T extends HTMLElement>(label: string, control: T): { node: HTMLLabelElement; control: T } {
  const node = element("label", "field");
  node.append(element("span", "field-name", label), control);
  return { node, control };
}

export function input(type: string, value: string, placeholder = ""): HTMLInputElement {
  const node = element("input");
  node.type = type;
  node.value = value;
  node.placeholder = placeholder;
  node.autocomplete = "off";
  node.spellcheck = false;
  return node;
}

export function select(options: readonly (readonly [value: string, text: string])[], chosen: string): HTMLSelectElement {
  const node = element("select");
  for (const [value, text] of options) {
    const option = element("option", "", text);
    option.value = value;
    option.selected = value === chosen;
    node.append(option);
  }
  return node;
}

// Pairs of name and value; made anew each time.
export function facts(pairs: readonly (readonly [name: string, value: string])[], className = "pairs"): HTMLDListElement {
  const list = element("dl", className);
  for (const [name, value] of pairs) {
    const row = element("div");
    row.append(element("dt", "", name), element("dd", "", value));
    list.append(row);
  }
  return list;
}

// A line that says how something went: hidden while there is nothing to say.
export class Message {
  readonly node = element("p", "message");

  constructor() {
    this.node.setAttribute("role", "status");
    this.node.hidden = true;
  }

  say(text: string, tone: Tone = "note"): void {
    setText(this.node, text);
    this.node.dataset["tone"] = tone;
    this.node.hidden = text === "";
  }

  clear(): void {
    this.say("");
  }

  fail(error: unknown): void {
    this.say(wordsOfError(error), "alarm");
  }
}

// Calls `use` when the typing pauses.
export function typed(control: HTMLInputElement, use: (value: string) => void): void {
  const pauseMs = 250;
  let timer: ReturnType<typeof setTimeout> | undefined;
  control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => use(control.value), pauseMs);
  });
}

export function heading(text: string, ...controls: Node[]): HTMLElement {
  const node = element("div", "heading");
  const title = element("h2", "", text);
  node.append(title, ...controls);
  return node;
}

export function jsonText(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}
