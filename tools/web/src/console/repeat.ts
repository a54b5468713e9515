// Work that is done again and again, never twice at a time, and not while nobody looks.

export interface Repeated {
  now(): void; // without waiting; if it is under way, once more after it
  stop(): void;
}

export function repeat(everyMs: number, work: () => Promise<void>): Repeated {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let again = false;
  let stopped = false;

  const turn = async () => {
    clearTimeout(timer);
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work();
    } while (again && !stopped);
    running = false;
    if (!stopped && !document.hidden) timer = setTimeout(() => void turn(), everyMs);
  };
  const seen = () => {
    if (!document.hidden) void turn();
  };
  document.addEventListener("visibilitychange", seen);
  void turn();
  return {
    now: () => void turn(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    },
  };
}
