/** What is longer than this is no URL that anybody wrote; unbounded, a hostile text would take long to search. */
const URL_PART = "{0,2000}";

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\bdata:([\w.+/-]{1,100})[^\s"'<>]*/gi, "data:$1…"],
  [new RegExp(`\\b(https?://)(?:[^\\s/?#"'<>@]${URL_PART}@)?([^\\s?#"'<>]${URL_PART})[?#][^\\s"'<>]*`, "gi"), "$1$2?…"],
  [new RegExp(`\\b(https?://)[^\\s/?#"'<>@]${URL_PART}@`, "gi"), "$1"],
  [/\b(Key|Bearer)\s+[\w.~+/:=-]{8,}/g, "$1 …"],
  [/\b[\w-]{8,100}:[0-9a-f]{16,}\b/gi, "…"],
];

/**
 * Upstream's own words without what must not be told on: signatures in URLs, credentials, and data: URIs. For texts that
 * reach a caller or the log.
 */
export function redact(text: string): string {
  return REPLACEMENTS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
