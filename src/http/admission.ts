import type { IncomingMessage } from "node:http";
import type { HostPolicy } from "../inbound/host-policy.js";
import { addressOf, type ProxyTrust } from "./client-address.js";
import type { OpenStreams, StreamPlace } from "./open-streams.js";
import type { OriginPolicy } from "./origin-policy.js";
import { type Refusal, refuse } from "./refusal.js";

export interface AdmissionOptions {
  readonly isOwnHost: HostPolicy;
  readonly origins: OriginPolicy;
  readonly streams: OpenStreams;
  readonly trustsProxy: ProxyTrust;
}

export type Entry =
  | { readonly place: StreamPlace; readonly refusal?: undefined }
  | { readonly place?: undefined; readonly refusal: Refusal };

/** Who may open what stays open: a WebSocket or an event stream. */
export interface Admission {
  /** The place must be given free when the stream ends. */
  enter(request: IncomingMessage): Entry;
}

const RETRY = { "retry-after": "10" };
export const TOO_MANY_STREAMS = "TOO_MANY_STREAMS";

export function createAdmission({ isOwnHost, origins, streams, trustsProxy }: AdmissionOptions): Admission {
  return {
    enter(request) {
      const { origin, host } = request.headers;
      if (!isOwnHost(host)) return { refusal: foreignHost() };
      // Browsers apply no CORS to WebSocket, and let any page open an event stream: a page could use a visitor's
      // access to this server.
      if (!origins.mayConnect(origin, host)) {
        return { refusal: refuse(403, "FORBIDDEN", `Pages of ${origin} may not connect. CORS_ORIGINS lists who may.`) };
      }
      const entered = streams.enter(addressOf(request, trustsProxy));
      switch (entered) {
        case "SERVER_FULL":
          return {
            refusal: refuse(503, TOO_MANY_STREAMS, "The server has as many streams as it may. Try again later.", RETRY),
          };
        case "CLIENT_FULL":
          return { refusal: tooManyOfOneClient() };
        default:
          return { place: entered };
      }
    },
  };
}

export function tooManyOfOneClient(): Refusal {
  const message = "You have as many sockets and event streams as one client may. Close one, or try again later.";
  return refuse(429, TOO_MANY_STREAMS, message, RETRY);
}

export function foreignHost(): Refusal {
  const message = "This server listens on loopback and is not known by that name. PUBLIC_URL makes a name known.";
  return refuse(421, "MISDIRECTED_REQUEST", message);
}
