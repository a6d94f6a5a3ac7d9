/**
 * Who this tab speaks as: the watch token in its address, else the key that was typed in. A key stays in this tab; a
 * token leaves the address at once, so that it is not bookmarked or shared by mistake, and stays for reloads.
 */
const KEY = "punchin.key";
const TOKEN = "punchin.watch-token";

const shared = /^#token=([\w.~+/=-]+)$/.exec(location.hash)?.[1];
if (shared !== undefined) {
  sessionStorage.setItem(TOKEN, JSON.stringify({ path: location.pathname, token: shared }));
  history.replaceState(null, "", location.pathname);
}

/** The watch token this page was opened with; null: an ordinary visit. */
export const watchToken: string | null = readToken();

function readToken(): string | null {
  const kept = JSON.parse(sessionStorage.getItem(TOKEN) ?? "null") as { path: string; token: string } | null;
  return kept?.path === location.pathname ? kept.token : null;
}

/** The value of the Authorization header; null: none. */
export function authorization(): string | null {
  const secret = watchToken ?? sessionStorage.getItem(KEY);
  return secret === null ? null : `Bearer ${secret}`;
}

export function keepKey(key: string): void {
  sessionStorage.setItem(KEY, key);
}
