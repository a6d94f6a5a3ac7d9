/**
 * Upstream's own words without what must not be told on: signatures in URLs, credentials, and data: URIs. For texts that
 * reach a caller or the log.
 */
export function redact(text: string): string {
  return text
    .replace(/\bdata:([\w.+/-]{1,100})[^\s"'<>]*/gi, "data:$1…")
    .replace(/\b(https?:\/\/)(?:[^\s/?#"'<>@]*@)?([^\s?#"'<>]*)[?#][^\s"'<>]*/gi, "$1$2?…")
    .replace(/\b(https?:\/\/)[^\s/?#"'<>@]+@/gi, "$1")
    .replace(/\b(Key|Bearer)\s+[\w.~+/:=-]{8,}/g, "$1 …")
    .replace(/\b[\w-]{8,}:[0-9a-f]{16,}\b/gi, "…");
}
