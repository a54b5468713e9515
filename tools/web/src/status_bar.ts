// The state of the connection, always in sight, and the notices about how it came back.

import type { Status } from "./connection";
import { part, setText } from "./dom";

const noticeMs = 12_000;

export class StatusBar {
  private readonly node = part<HTMLElement>("#status");
  private readonly text = part<HTMLElement>("#status .status-text");
  private readonly retryButton = part<HTMLButtonElement>("#status .retry");
  private readonly noticeNode = part<HTMLElement>("#notice");
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(retry: () => void) {
    this.retryButton.addEventListener("click", retry);
  }

  show(status: Status): void {
    this.node.dataset["kind"] = status.kind;
    document.body.classList.toggle("stale", status.kind === "lost" || status.kind === "ended");
    this.retryButton.hidden = status.kind !== "lost" && status.kind !== "ended";
    setText(this.text, sentence(status));
  }

  // Good news goes by itself, the rest stays until the next notice.
  notice(text: string, good: boolean): void {
    clearTimeout(this.noticeTimer);
    setText(this.noticeNode, text);
    this.noticeNode.dataset["tone"] = good ? "calm" : "warn";
    this.noticeNode.hidden = text === "";
    if (good) this.noticeTimer = setTimeout(() => this.clearNotice(), noticeMs);
  }

  clearNotice(): void {
    clearTimeout(this.noticeTimer);
    this.noticeNode.hidden = true;
  }
}

function sentence(status: Status): string {
  switch (status.kind) {
    case "connecting":
      return "Connecting…";
    case "live":
      return "Live";
    case "lost":
      return `Connection lost, reconnecting… ${status.reason} Next attempt within ${status.withinS} s.`;
    case "ended":
      return `Disconnected. ${status.reason}`;
  }
}
