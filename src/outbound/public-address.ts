import { BlockList, isIP } from "node:net";

/** IPv4 ranges that are not the public internet (IANA IPv4 Special-Purpose Address Registry), and multicast. */
const REFUSED_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this host, this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, cloud metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relay
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarking
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/** Within the one global unicast block of IPv6: ranges that wrap IPv4 or lead nowhere. All else is refused outside it. */
const REFUSED_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // Teredo, benchmarking, ORCHID and other protocol assignments
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: holds an IPv4 address
  ["3fff::", 20], // documentation
];

const refused = new BlockList();
for (const [address, prefix] of REFUSED_IPV4) refused.addSubnet(address, prefix, "ipv4");
for (const [address, prefix] of REFUSED_IPV6) refused.addSubnet(address, prefix, "ipv6");

const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/**
 * Whether an IP address belongs to the public internet. False for everything else: loopback, private, link-local,
 * carrier-grade NAT, multicast, unspecified, unique-local, IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo), texts that
 * are no IP address.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refused.check(address, "ipv4");
  // fe80::1%eth0: a zone names an interface of this machine. 2000::/3 leaves out ::/8 with the mapped addresses,
  // 64:ff9b::/96 (NAT64), fc00::/7 (unique-local), fe80::/10 and ff00::/8.
  if (family === 6) {
    return !address.includes("%") && globalUnicast.check(address, "ipv6") && !refused.check(address, "ipv6");
  }
  return false;
}
