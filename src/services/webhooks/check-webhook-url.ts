import { isIP } from "node:net";
import type { UserFault } from "../services.js";

const MAX_URL_CHARACTERS = 2_048;

/** What can be known to be wrong with a webhook's address without looking its name up. */
export function checkWebhookUrl(url: string, isAllowedAddress: (address: string) => boolean): UserFault[] {
  if (url.length > MAX_URL_CHARACTERS) {
    return fault(
      `Expected a webhook URL of at most ${MAX_URL_CHARACTERS} characters, got ${url.length}. Use a shorter one.`,
    );
  }
  if (!URL.canParse(url)) {
    return fault(
      `Expected an http(s) URL, got ${JSON.stringify(url.slice(0, 80))}. Give the full address, with https://.`,
    );
  }
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") {
    return fault(`Expected an http(s) URL, got the scheme ${JSON.stringify(protocol.slice(0, 80))}. Use https.`);
  }
  if (username !== "" || password !== "") {
    return fault("The webhook URL holds a user name or password. Check the webhook's signature instead.");
  }
  const address = isLocalName(hostname) ? "127.0.0.1" : hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) !== 0 && !isAllowedAddress(address)) {
    return fault("The webhook URL does not lead to the public internet. Use an address that this server may call.");
  }
  return [];
}

function isLocalName(hostname: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(hostname);
}

function fault(message: string): UserFault[] {
  return [{ code: "INVALID", message, field: ["options", "webhookUrl"] }];
}
