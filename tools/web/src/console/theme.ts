// Dark or light: as the system says, until the operator chooses. The choice is remembered by the browser.

const name = "tidewire.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const watchers = new Set<() => void>();

export function startTheme(): void {
  apply();
  dark.addEventListener("change", apply);
}

export function isDark(): boolean {
  const chosen = localStorage.getItem(name);
  return chosen === null ? dark.matches : chosen === "dark";
}

export function toggleTheme(): void {
  const wanted = !isDark();
  // Back to what the system says is no choice any more.
  if (wanted === dark.matches) localStorage.removeItem(name);
  else localStorage.setItem(name, wanted ? "dark" : "light");
  apply();
}

// For what draws with colours itself. Answers how to end that.
export function onTheme(use: () => void): () => void {
  watchers.add(use);
  return () => watchers.delete(use);
}

function apply(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  for (const use of watchers) use();
}
