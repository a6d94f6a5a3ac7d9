import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Whether what this address says about its own clients is believed. */
export type ProxyTrust = (address: string) => boolean;

/** Proxies as addresses or ranges such as 10.0.0.0/8, read by config.ts already. */
export function createProxyTrust(proxies: readonly string[]): ProxyTrust {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = "", bits] = proxy.split("/");
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

/** The client's address: the connection's, or beyond trusted proxies the last one that is not such a proxy. */
export function addressOf(request: IncomingMessage, trusts: ProxyTrust): string {
  const named = String(request.headers["x-forwarded-for"] ?? "").split(",");
  let address = plain(request.socket.remoteAddress ?? "");
  while (trusts(address)) {
    const next = plain(named.pop()?.trim() ?? "");
    if (isIP(next) === 0) break;
    address = next;
  }
  return address;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** IPv4 as IPv6 sockets show it. */
function plain(address: string): string {
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
