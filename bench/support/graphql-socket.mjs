// @ts-check
import { once } from "node:events";
import WebSocket from "ws";

/**
 * A socket from one of this machine's addresses that has introduced itself, for one query at a time.
 * @param {string} graphqlUrl
 * @param {string} localAddress
 */
export async function openGraphqlSocket(graphqlUrl, localAddress) {
  const socket = new WebSocket(graphqlUrl.replace("http", "ws"), "graphql-transport-ws", { localAddress });
  socket.on("error", () => {});
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await once(socket, "message");
  let count = 0;
  return {
    socket,
    /** The first message that answers the query. @param {string} query @returns {Promise<{ type: string }>} */
    ask(query) {
      count += 1;
      const id = String(count);
      return new Promise((resolve, reject) => {
        const onMessage = (/** @type {WebSocket.RawData} */ data) => {
          const message = JSON.parse(String(data));
          if (message.id !== id) return;
          socket.off("message", onMessage);
          socket.off("close", reject);
          resolve(message);
        };
        socket.on("message", onMessage);
        socket.on("close", reject);
        socket.send(JSON.stringify({ id, type: "subscribe", payload: { query } }));
      });
    },
  };
}
