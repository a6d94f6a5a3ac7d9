import { stringifyDocument } from "@urql/core";
import type { GraphQLFormattedError } from "graphql";
import { StudioProgressDocument, type StudioProgressSubscription } from "../gql/graphql";
import { reportUnauthenticated } from "./client";
import { socket } from "./socket";

export type JobUpdate = StudioProgressSubscription["inpaintProgress"];

export interface JobListener {
  onUpdate(update: JobUpdate): void;
  /** False: the connection is lost and being made again. */
  onConnection(isConnected: boolean): void;
  /** The server won't tell of this job, and why. */
  onRefused(code: string, message: string): void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const QUERY = stringifyDocument(StudioProgressDocument);

/**
 * Follows a job to its end, over any number of connections: each goes on behind the last update that was seen, so that
 * no log line is lost or comes twice. Pauses between tries grow up to 8 s; coming back online ends a pause.
 */
export function followJob(jobId: string, listener: JobListener): () => void {
  let after: string | undefined;
  let failures = 0;
  let isOver = false;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let leave = () => {};

  const connect = () => {
    clearTimeout(pause);
    pause = undefined;
    leave = socket.subscribe<StudioProgressSubscription>(
      { query: QUERY, variables: { jobId, after } },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) return refuse(errors[0]);
          if (!data) return;
          failures = 0;
          after = data.inpaintProgress.cursor;
          listener.onUpdate(data.inpaintProgress);
        },
        error: (error) => {
          if (Array.isArray(error)) refuse(error[0]);
          else if (isRefusal(error)) reportUnauthenticated();
          else retry();
        },
        complete: stop,
      },
    );
  };

  const retry = () => {
    if (isOver || pause !== undefined) return;
    listener.onConnection(false);
    const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
    // Spread out, so that a restarted server is not asked by every tab at once.
    pause = setTimeout(connect, longestMs * (0.5 + Math.random() / 2));
  };

  const refuse = (error: GraphQLFormattedError | undefined) => {
    const code = String(error?.extensions?.code);
    if (code === "UNAUTHENTICATED") return reportUnauthenticated();
    if (code === "BAD_USER_INPUT" && after !== undefined) {
      // The place is not known any more: begin again with a snapshot.
      after = undefined;
      return retry();
    }
    if (code === "NOT_FOUND" || code === "FORBIDDEN") {
      stop();
      return listener.onRefused(code, error?.message ?? "");
    }
    retry();
  };

  const wake = () => {
    if (pause !== undefined && document.visibilityState === "visible") connect();
  };

  const stop = () => {
    isOver = true;
    clearTimeout(pause);
    pause = undefined;
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
    forgetConnections();
    leave();
  };

  // A job that waits has no news to tell it by.
  const forgetConnections = socket.on("connected", () => listener.onConnection(true));
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  connect();
  return stop;
}

/** The socket was closed because of who asks: waiting doesn't help. */
function isRefusal(error: unknown): boolean {
  return error instanceof CloseEvent && (error.code === 4401 || error.code === 4403);
}
