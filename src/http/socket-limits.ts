/** How much one socket may ask of the server. */
export interface SocketLimits {
  /** Size of one message from the client. */
  readonly maxMessageBytes: number;
  /** Operations that run at a time. */
  readonly maxOperations: number;
  /** Messages read per second on average; a client that sends faster is read more slowly. */
  readonly maxMessagesPerSecond: number;
  /** Bytes that wait for the client to read them; beyond it nothing more is read from it or made for it. */
  readonly maxBufferedBytes: number;
}

/** How long a socket is waited for. */
export interface SocketTimeouts {
  /** A client that should read, or answer a ping, and does nothing. */
  readonly silenceMs: number;
  /** A new socket that does not introduce itself. */
  readonly connectionInitMs: number;
  /** A socket without an operation. */
  readonly idleMs: number;
  /** A client that is sent away, until what still waits for it is dropped. */
  readonly closeMs: number;
}

export const SOCKET_TIMEOUTS: SocketTimeouts = {
  silenceMs: 15_000,
  connectionInitMs: 10_000,
  idleMs: 600_000,
  closeMs: 5_000,
};

/** So many seconds' worth of messages may come at once: a client that connects again starts all its operations. */
export const MESSAGE_BURST_SECONDS = 10;
