/** What a call of upstream's is for: one of few words. */
export function callKind(method: string, url: string): string {
  const { hostname, pathname } = new URL(url);
  if (!hostname.startsWith("queue.")) return pathname.startsWith("/storage/") || method === "PUT" ? "storage" : "other";
  if (method === "POST") return "submit";
  if (pathname.endsWith("/status/stream")) return "status-stream";
  if (pathname.endsWith("/status")) return "status";
  if (pathname.endsWith("/cancel")) return "cancel";
  return /\/requests\/[^/]+$/.test(pathname) ? "result" : "other";
}
