import { lookup } from "node:dns";
import { isIP } from "node:net";
import { Agent } from "undici";

/** Thrown into the connection attempt when a name resolves to an address that may not be connected to. */
export class RefusedAddressError extends Error {
  override readonly name = "RefusedAddressError";
}

/** An agent whose connections go only to addresses that were checked; a second look-up can't bring another one. */
export function createCheckedAgent(isAllowedAddress: (address: string) => boolean): Agent {
  return new Agent({
    // No connection is used twice.
    pipelining: 0,
    connect: {
      lookup: (hostname, options, callback) => {
        lookup(hostname, { ...options, all: true }, (error, addresses) => {
          if (error !== null) return callback(error, "", 0);
          // One bad address among good ones is refused too: which is tried first is not ours to say.
          if (addresses.length === 0 || !addresses.every(({ address }) => isAllowedAddress(address))) {
            return callback(new RefusedAddressError(`${hostname} leads to an address that may not be called`), "", 0);
          }
          if (options.all === true) return callback(null, addresses);
          const [first] = addresses;
          if (first !== undefined) callback(null, first.address, first.family);
        });
      },
    },
  });
}

/** Whether a URL names an address itself that may not be called: a connection to one asks no look-up. */
export function hasRefusedAddress({ hostname }: URL, isAllowedAddress: (address: string) => boolean): boolean {
  // The URL parser has already turned 127.1, 0x7f000001 and the like into dotted form.
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 && !isAllowedAddress(host);
}
