// The two questions that the console asks: whether something is meant, and for the operator's token.

import { element } from "../dom";
import { button, field, input } from "./parts";

// Resolves when the dialog closes: true only if its action was chosen.
export function confirm(question: string, consequence: string, action: string, style: "danger" | "primary" = "danger"): Promise<boolean> {
  const cancel = () => dialog.close("no");
  const act = button(action, () => dialog.close("yes"), style);
  const no = button("Cancel", cancel);
  const dialog = dialogOf(question, [element("p", "", consequence)], [no, act]);
  return shown(dialog, no).then((value) => value === "yes");
}

export function askForToken(why: string): Promise<string | null> {
  const token = input("password", "");
  const send = element("button", "primary", "Continue");
  const form = element("form");
  form.method = "dialog";
  const said = element("p", "", `The server says: ${why}.`);
  const keeps = element("p", "soft", "It is kept for this tab only, until it is closed.");
  const actions = element("div", "actions");
  actions.append(send);
  form.append(field("Token", token).node, keeps, actions);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (token.value.trim() !== "") dialog.close("given");
  });
  const dialog = dialogOf("Operator's token", [said, form], []);
  return shown(dialog, token).then((value) => (value === "given" ? token.value.trim() : null));
}

function dialogOf(title: string, content: Node[], actions: Node[]): HTMLDialogElement {
  const dialog = element("dialog");
  const head = element("h2", "", title);
  head.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", head.id);
  dialog.append(head, ...content);
  if (actions.length > 0) {
    const row = element("div", "actions");
    row.append(...actions);
    dialog.append(row);
  }
  return dialog;
}

function shown(dialog: HTMLDialogElement, first: HTMLElement): Promise<string> {
  document.body.append(dialog);
  dialog.showModal();
  first.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
