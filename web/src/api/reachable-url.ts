const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The server names its files by one address; a page opened by another name of the same machine may not fetch from there.
 * Such a URL is turned to the page's own origin, every other stays as it is.
 */
export function reachableUrl(url: string, page: Pick<Location, "hostname" | "port" | "origin"> = location): string {
  const { hostname, port, pathname, search } = new URL(url, page.origin);
  const isSameServer = LOOPBACK.test(hostname) && LOOPBACK.test(page.hostname) && port === page.port;
  return isSameServer ? `${page.origin}${pathname}${search}` : url;
}
