import { isIP } from "node:net";

/** Whether requests that name this host are meant for this server. */
export type HostPolicy = (host: string | undefined) => boolean;

/**
 * Against DNS rebinding: a page of another site can make its own name lead to this machine, and would then count as
 * the server's own page. So a server that listens on loopback answers to localhost, to addresses, which can't be
 * rebound, and to the host of its public URL; any other server answers to every name.
 */
export function createHostPolicy(listenHost: string, publicUrl: string | null): HostPolicy {
  if (!isLoopback(listenHost)) return () => true;
  const publicName = publicUrl === null ? null : new URL(publicUrl).hostname;
  const isOwn = (host: string | undefined) => {
    const name = nameIn(host);
    return name !== null && (isLocalName(name) || isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === publicName);
  };
  // Nearly all requests name the same host, and reading it takes as long as much of the rest of a request.
  let lastOwnHost: string | undefined;
  return (host) => {
    if (host !== undefined && host === lastOwnHost) return true;
    if (!isOwn(host)) return false;
    lastOwnHost = host;
    return true;
  };
}

function isLoopback(host: string): boolean {
  return isLocalName(host) || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function isLocalName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function nameIn(host: string | undefined): string | null {
  const url = `http://${host}`;
  if (host === undefined || /[/?#@\\]/.test(host) || !URL.canParse(url)) return null;
  return new URL(url).hostname;
}
