import { isIP } from "node:net";
import { isPublicAddress } from "../../../outbound/public-address.js";

/**
 * Which addresses a webhook may go to: those of the public internet, as fal has it, and loopback where callers are on
 * this machine themselves. Other private addresses never.
 */
export function webhookTargets(toLoopback: () => boolean): (address: string) => boolean {
  return (address) => isPublicAddress(address) || (toLoopback() && isLoopbackAddress(address));
}

export function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, "");
  return plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}
