export interface PagePolicyOptions {
  /** Lets the page's own scripts add a style sheet. */
  readonly nonce: string;
  /** Origins besides the server's own that audio goes to and comes from. */
  readonly audioOrigins: readonly string[];
  /** GraphiQL's editor writes styles wherever it likes. */
  readonly hasInlineStyles: boolean;
}

/** The content security policy of a page: its own files, its own server, the storage in use, and nothing else. */
export function pagePolicy({ nonce, audioOrigins, hasInlineStyles }: PagePolicyOptions): string {
  const audio = ["'self'", "blob:", ...audioOrigins];
  const directives: Readonly<Record<string, readonly string[]>> = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'", hasInlineStyles ? "'unsafe-inline'" : `'nonce-${nonce}'`],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'", "data:"],
    "connect-src": audio,
    "media-src": audio,
    "worker-src": ["'self'", "blob:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}
