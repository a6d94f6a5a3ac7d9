import type { Socket } from "node:net";
import { CloseCode } from "graphql-ws";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import { ReadThrottle } from "./read-throttle.js";
import { MESSAGE_BURST_SECONDS, type SocketLimits, type SocketTimeouts } from "./socket-limits.js";
import type { SpareTurns } from "./spare-turns.js";
import { textFrame } from "./text-frame.js";

/** WebSocket's own "try again later" (IANA registry): stock clients connect again after it. */
export const TRY_AGAIN_LATER = 1013;
const NORMAL_CLOSURE = 1000;

/** What is said on a socket. */
export interface Conversation {
  /** Operations that run. */
  readonly operationCount: number;
  /** Acts on one message. Rejects for a fault of ours. */
  hear(text: string): Promise<void>;
  /** The socket is gone. */
  end(): Promise<void>;
}

/** So much may wait for a client before nothing more is made for it. */
const PULL_AHEAD_BYTES = 16_384;

/**
 * One client's socket, held to its limits. It is read no faster than allowed, and not at all while too much waits for
 * the client to read; a client that sends more than most takes turns with others like it, so that the rest don't wait. One
 * that reads nothing for too long, or answers no ping, is sent away with 1013 and may resume by cursor.
 */
export class SocketConnection {
  readonly #throttle: ReadThrottle;
  #throttling: NodeJS.Timeout | undefined;
  #closing: NodeJS.Timeout | undefined;
  #conversation: Conversation | null = null;
  /**
   * What is not due yet, or whose turn has not come. While there is any, reading stops: it is no more than the network
   * hands over at a time. Pings and pongs, which are answered already, have no text, and hold up what comes after.
   */
  readonly #waiting: { readonly text: string | null; readonly dueAt: number }[] = [];
  /** Whether what is sent waits for the rest of this turn's. */
  #isHeld = false;
  #lastHeardAt = performance.now();
  #lastBusyAt = performance.now();
  /** Set while too much is buffered; resolves when there is room again, or the socket has closed. */
  #full: { readonly room: Promise<void>; readonly open: () => void } | null = null;

  constructor(
    private readonly socket: WebSocket,
    /** What lies below the WebSocket. */
    private readonly stream: Socket,
    private readonly limits: SocketLimits & SocketTimeouts,
    private readonly logger: Logger,
    /** Shared by all sockets. */
    private readonly turns: SpareTurns,
  ) {
    const burst = limits.maxMessagesPerSecond * MESSAGE_BURST_SECONDS;
    this.#throttle = new ReadThrottle(limits.maxMessagesPerSecond, burst, performance.now());
    socket.on("ping", () => this.#hear(null));
    socket.on("pong", () => this.#hear(null));
    // ws has closed the socket with the right code already.
    socket.on("error", (error) => logger.debug({ err: error }, "Socket error"));
    socket.on("close", () => {
      clearTimeout(this.#throttling);
      clearTimeout(this.#closing);
      this.#waiting.length = 0;
      this.#full?.open();
    });
    // The HTTP server's own listener would cut the client off without a word.
    stream.removeAllListeners("timeout");
    stream.on("timeout", () => this.#sendAway());
  }

  /**
   * Sends the text, together with what else is sent in this turn of the event loop. Resolves when there is room for more,
   * and at once when the client is gone.
   */
  async send(text: string): Promise<void> {
    while (this.#full !== null) await this.#full.room;
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.#hold();
    const frame = textFrame(text);
    if (this.socket.bufferedAmount + frame.length <= PULL_AHEAD_BYTES) {
      this.stream.write(frame);
      return;
    }
    const sent = new Promise<void>((resolve) => {
      this.stream.write(frame, () => {
        this.#noteRoom();
        resolve();
      });
    });
    if (this.socket.bufferedAmount > this.limits.maxBufferedBytes) this.#noteFull();
    await sent;
  }

  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.stream.cork();
    process.nextTick(() => {
      this.#isHeld = false;
      this.stream.uncork();
    });
  }

  onceClosed(listener: () => void): void {
    this.socket.once("close", listener);
  }

  /** Says that an operation starts: the socket is not idle. */
  noteOperation(): void {
    this.#lastBusyAt = performance.now();
  }

  close(code: number, reason: string): void {
    // A socket that is not read never learns that the other side has agreed.
    this.socket.resume();
    this.socket.close(code, reason);
    this.#closing ??= setTimeout(() => this.socket.terminate(), this.limits.closeMs);
  }

  /** Hands each message on, in order. A failure costs the client its socket and is logged. */
  serve(conversation: Conversation): void {
    this.#conversation = conversation;
    this.socket.on("message", (data) => this.#hear(String(data)));
    this.socket.on("close", () => {
      conversation.end().catch((error: unknown) => {
        this.logger.error({ err: error }, "Unexpected error at a socket's end");
      });
    });
  }

  #handOn(text: string): void {
    this.#conversation?.hear(text).catch((error: unknown) => {
      this.logger.error({ err: error }, "Unexpected error at a socket's message");
      this.close(CloseCode.InternalServerError, "Internal server error");
    });
  }

  #hear(text: string | null): void {
    // Nobody waits for an answer any more.
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const now = performance.now();
    this.#lastHeardAt = now;
    const waitMs = this.#throttle.count(now);
    if (this.#waiting.length === 0 && this.#throttle.isCalm) {
      this.turns.noteCalm(now);
      if (text !== null) this.#handOn(text);
      return;
    }
    this.#waiting.push({ text, dueAt: now + waitMs });
    if (this.#waiting.length > 1) return;
    this.socket.pause();
    this.#awaitTurn();
  }

  #awaitTurn(): void {
    const [next] = this.#waiting;
    const waitMs = next === undefined ? 0 : next.dueAt - performance.now();
    if (next === undefined) this.#readOn();
    else if (waitMs > 0) this.#throttling = setTimeout(() => this.#awaitTurn(), waitMs);
    else this.turns.enter(() => this.#takeTurn());
  }

  #takeTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined || this.socket.readyState !== WebSocket.OPEN) return;
    if (next.text !== null) this.#handOn(next.text);
    this.#awaitTurn();
  }

  #noteFull(): void {
    if (this.#full !== null) return;
    let open = () => {};
    const room = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#full = { room, open };
    this.socket.pause();
    // The stream counts every byte that goes out, also within one long message.
    this.stream.setTimeout(this.limits.silenceMs);
  }

  #noteRoom(): void {
    if (this.#full === null || this.socket.bufferedAmount > this.limits.maxBufferedBytes / 2) return;
    const { open } = this.#full;
    this.#full = null;
    this.stream.setTimeout(0);
    this.#readOn();
    open();
  }

  #readOn(): void {
    if (this.#full !== null || this.#waiting.length > 0) return;
    // What was said while nobody listened does not count as silence.
    this.#lastHeardAt = performance.now();
    this.socket.resume();
  }

  /** To be called several times in `silenceMs`: pings the client, and sends away one that is silent or idle. */
  beat(): void {
    const now = performance.now();
    if ((this.#conversation?.operationCount ?? 0) > 0) this.#lastBusyAt = now;
    if (now - this.#lastBusyAt >= this.limits.idleMs) this.close(NORMAL_CLOSURE, "Idle: no operation for a long time");
    // It can't be heard, and the bounds on that are others.
    else if (this.socket.isPaused) return;
    else if (!this.#isSilent()) this.socket.ping();
    // After a moment of being busy ourselves, what the client said may still wait to be read.
    else setImmediate(() => this.#isSilent() && this.#sendAway());
  }

  #isSilent(): boolean {
    return performance.now() - this.#lastHeardAt > this.limits.silenceMs;
  }

  #sendAway(): void {
    this.close(TRY_AGAIN_LATER, "Reading too slowly. Connect again and resume with your last cursor.");
  }
}
