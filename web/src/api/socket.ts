import { createClient } from "graphql-ws";
import { authorization } from "./credential";

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;

let silence: ReturnType<typeof setTimeout> | undefined;

/**
 * The tab's one WebSocket, open while something is followed. It never reconnects by itself: whoever follows something
 * knows where to go on. A connection that died unnoticed, as after a laptop's sleep, is found by a ping without answer.
 */
export const socket = createClient({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
  connectionParams: () => ({ authorization: authorization() ?? undefined }),
  retryAttempts: 0,
  keepAlive: PING_EVERY_MS,
  on: {
    ping: (received) => {
      if (!received) silence = setTimeout(() => socket.terminate(), PONG_WITHIN_MS);
    },
    pong: (received) => {
      if (received) clearTimeout(silence);
    },
    closed: () => clearTimeout(silence),
  },
});

// Browsers keep a socket without a network open for minutes.
addEventListener("offline", () => socket.terminate());
