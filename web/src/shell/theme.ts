import { useSyncExternalStore } from "react";
import { inThisBrowser } from "./kept-values";

export type Theme = "auto" | "light" | "dark";

const KEY = "punchin.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const changes = new EventTarget();

function subscribe(listener: () => void): () => void {
  changes.addEventListener("change", listener);
  system.addEventListener("change", listener);
  return () => {
    changes.removeEventListener("change", listener);
    system.removeEventListener("change", listener);
  };
}

function chosen(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "auto";
}

/** The theme in use, and how to choose another; the choice is kept. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, chosen), choose];
}

/** Changes whenever the page's colours do. */
export function useThemeChange(): string {
  return useSyncExternalStore(subscribe, () => `${chosen()} ${system.matches}`);
}

function choose(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  inThisBrowser.set(KEY, theme);
  changes.dispatchEvent(new Event("change"));
}
