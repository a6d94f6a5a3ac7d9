import type { WebSocket } from "ws";
import { UnauthenticatedError, UnavailableError } from "../errors.js";
import type { Caller } from "../services/job.js";
import type { Services } from "../services/services.js";

/** Nobody's: graphql-ws clients give up. */
const UNAUTHORIZED = 4401;
/** No longer good: graphql-ws clients connect again, and ask their connectionParams function for a new credential. */
const FORBIDDEN = 4403;
const TRY_AGAIN_LATER = 1013;

/** A close frame holds no more, in bytes. */
const MAX_REASON_BYTES = 123;

/** Whose each socket is. */
export class SocketCallers {
  private readonly callers = new WeakMap<WebSocket, Caller>();

  constructor(private readonly services: Services) {}

  /**
   * Lets a socket in by the `authorization` of its connection parameters, until that credential expires.
   * @returns false when it is refused, and closed with the reason.
   */
  async connect(socket: WebSocket, connectionParams: Readonly<Record<string, unknown>> | undefined): Promise<boolean> {
    const authorization = connectionParams?.authorization;
    try {
      const caller = await this.services.authenticate(typeof authorization === "string" ? authorization : null);
      this.callers.set(socket, caller);
      closeOnExpiry(socket, caller);
      return true;
    } catch (error) {
      if (error instanceof UnauthenticatedError) close(socket, error.expired ? FORBIDDEN : UNAUTHORIZED, error.message);
      else if (error instanceof UnavailableError) close(socket, TRY_AGAIN_LATER, error.message);
      else throw error;
      return false;
    }
  }

  of(socket: WebSocket): Caller {
    const caller = this.callers.get(socket);
    if (caller === undefined) throw new Error("The socket was not let in.");
    return caller;
  }
}

function closeOnExpiry(socket: WebSocket, { expiresAt }: Caller): void {
  if (expiresAt === undefined) return;
  const expire = () => close(socket, FORBIDDEN, "The credential has expired. Reconnect with a new one.");
  const expiry = setTimeout(expire, expiresAt - Date.now());
  socket.once("close", () => clearTimeout(expiry));
}

function close(socket: WebSocket, code: number, reason: string): void {
  socket.close(
    code,
    Buffer.from(reason)
      .subarray(0, MAX_REASON_BYTES)
      .toString("utf8")
      .replace(/\uFFFD$/, ""),
  );
}
