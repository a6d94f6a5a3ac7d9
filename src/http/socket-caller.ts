import { CloseCode } from "graphql-ws";
import { UnauthenticatedError, UnavailableError } from "../errors.js";
import type { Caller } from "../services/job.js";
import type { Services } from "../services/services.js";
import { type SocketConnection, TRY_AGAIN_LATER } from "./socket-connection.js";

/** A close frame holds no more, in bytes. */
const MAX_REASON_BYTES = 123;

/**
 * Lets a socket in by the `authorization` of its connection parameters, until that credential expires. Null when it is
 * refused; then it is closed with the reason. graphql-ws clients give up after 4401; after 4403 they connect again, and
 * ask their connectionParams function for a new credential.
 */
export async function letIn(
  connection: SocketConnection,
  services: Services,
  connectionParams: Readonly<Record<string, unknown>> | undefined,
): Promise<Caller | null> {
  const authorization = connectionParams?.authorization;
  try {
    const caller = await services.authenticate(typeof authorization === "string" ? authorization : null);
    closeOnExpiry(connection, caller);
    return caller;
  } catch (error) {
    if (error instanceof UnauthenticatedError) {
      close(connection, error.expired ? CloseCode.Forbidden : CloseCode.Unauthorized, error.message);
    } else if (error instanceof UnavailableError) close(connection, TRY_AGAIN_LATER, error.message);
    else throw error;
    return null;
  }
}

function closeOnExpiry(connection: SocketConnection, { expiresAt }: Caller): void {
  if (expiresAt === undefined) return;
  const expire = () => close(connection, CloseCode.Forbidden, "The credential has expired. Reconnect with a new one.");
  const expiry = setTimeout(expire, expiresAt - Date.now());
  connection.onceClosed(() => clearTimeout(expiry));
}

function close(connection: SocketConnection, code: number, reason: string): void {
  const bytes = Buffer.from(reason).subarray(0, MAX_REASON_BYTES);
  connection.close(code, bytes.toString("utf8").replace(/\uFFFD$/, ""));
}
