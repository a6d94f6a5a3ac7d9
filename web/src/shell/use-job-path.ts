import { useCallback, useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}

/** The job in the page's address, and how to go to another. */
export function useJobPath(): [string | null, (jobId: string | null) => void] {
  const jobId = useSyncExternalStore(subscribe, () => /^\/jobs\/([^/]+)$/.exec(location.pathname)?.[1] ?? null);
  const go = useCallback((next: string | null) => {
    const path = next === null ? "/" : `/jobs/${next}`;
    if (path !== location.pathname) history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
  }, []);
  return [jobId, go];
}
