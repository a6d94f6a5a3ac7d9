import type { ServerResponse } from "node:http";

/** Resolves when the client has room for more, or is gone. */
export async function roomIn(response: ServerResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/**
 * Writes the texts as the client reads them, until they end or the client is gone. A client that should read and reads
 * nothing for `silenceMs` is cut off.
 */
export async function pourEvents(
  texts: AsyncGenerator<string, void, void>,
  response: ServerResponse,
  silenceMs: number,
): Promise<void> {
  const { socket } = response;
  const usualTimeoutMs = socket?.timeout ?? 0;
  // Stops waiting for a text, too.
  const stop = () => void texts.return().catch(() => {});
  response.once("close", stop);
  if (response.destroyed) stop();
  for await (const text of texts) {
    if (response.destroyed || response.write(text)) continue;
    // The HTTP server destroys a connection that times out.
    socket?.setTimeout(silenceMs);
    await roomIn(response);
    socket?.setTimeout(usualTimeoutMs);
  }
}
