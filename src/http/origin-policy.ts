/** Which browser origins may talk to this server. Browsers tell theirs; other clients send none and are let in. */
export interface OriginPolicy {
  /** Whether the origin is one of those listed. */
  isListed(origin: string): boolean;
  /** Whether a page of this origin may open a WebSocket at this host: the server's own pages, and listed origins. */
  mayConnect(origin: string | undefined, host: string | undefined): boolean;
}

/** Throws for an entry that is not an origin such as "https://studio.example". */
export function createOriginPolicy(origins: readonly string[]): OriginPolicy {
  const listed: ReadonlySet<string> = new Set(origins.map(readOrigin));
  const isListed = (origin: string) => listed.has(origin.toLowerCase());
  return {
    isListed,
    mayConnect: (origin, host) => origin === undefined || isListed(origin) || isSameHost(origin, host),
  };
}

function readOrigin(text: string): string {
  const { origin } = URL.canParse(text) ? new URL(text) : { origin: "null" };
  if (origin === "null") throw new Error(`An allowed origin must look like https://studio.example, got "${text}".`);
  return origin;
}

function isSameHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
