import { inThisTab } from "../shell/kept-values";

/**
 * Who this tab speaks as: the watch token in its address, else the key that was typed in. A key stays in this tab; a
 * token leaves the address at once, so that it is not bookmarked or shared by mistake, and stays for reloads.
 */
const KEY = "punchin.key";
const TOKEN = "punchin.watch-token";

/** More than any token has, less than a server refuses to read. */
const MAX_TOKEN = 2_000;

const shared = /^#token=(.*)$/s.exec(location.hash)?.[1];
if (shared !== undefined) {
  // What no token holds can't be sent; the rest of a damaged one is refused by the server.
  const token = shared.replace(/[^\w.~+/=-]/g, "").slice(0, MAX_TOKEN) || "none";
  inThisTab.setJson(TOKEN, { path: location.pathname, token });
  history.replaceState(null, "", location.pathname);
}

/** The watch token this page was opened with; null: an ordinary visit. */
export const watchToken: string | null = readToken();

function readToken(): string | null {
  const kept = inThisTab.getJson<{ path: string; token: string }>(TOKEN);
  return kept?.path === location.pathname ? kept.token : null;
}

/** The value of the Authorization header; null: none. */
export function authorization(): string | null {
  const secret = watchToken ?? inThisTab.get(KEY);
  return secret === null ? null : `Bearer ${secret}`;
}

export function keepKey(key: string): void {
  inThisTab.set(KEY, key);
}
