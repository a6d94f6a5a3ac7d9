import { type ExecutionResult, GraphQLError } from "graphql";
import { CloseCode, type Message, MessageType, parseMessage, type SubscribeMessage } from "graphql-ws";
import type { ApiContext } from "../resolvers/context.js";
import type { Caller } from "../services/job.js";
import type { Services } from "../services/services.js";
import type { ErrorMask } from "./mask-errors.js";
import type { StreamPlace } from "./open-streams.js";
import type { OverloadCheck } from "./overload.js";
import { asGraphqlError, type OperationRequest, type Pipeline, type Preparation } from "./pipeline.js";
import { createRequestId } from "./request-id.js";
import { letIn } from "./socket-caller.js";
import { type Conversation, type SocketConnection, TRY_AGAIN_LATER } from "./socket-connection.js";
import type { ResultStream } from "./subscription.js";

export interface SessionOptions {
  readonly pipeline: Pipeline;
  readonly services: Services;
  readonly maskError: ErrorMask;
  readonly checkLoad: OverloadCheck;
  readonly maxOperations: number;
  /** For a new socket to introduce itself. */
  readonly connectionInitMs: number;
}

/** An operation of the client's that has not ended. */
interface RunningOperation {
  readonly id: string;
  /** What stands before the text of a result in its message. */
  readonly nextHead: string;
  /** What it is told by, once it is a subscription that has started. */
  stream?: ResultStream;
}

/**
 * The server's side of the graphql-transport-ws protocol on one socket: introduction, then any number of operations at a
 * time, each through the pipeline. https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export class SocketSession implements Conversation {
  /** Waits for it; null once it has begun. */
  #introduction: NodeJS.Timeout | null;
  /** Set once it is let in. */
  #caller: Caller | null = null;
  readonly #operations = new Map<string, RunningOperation>();

  constructor(
    private readonly connection: SocketConnection,
    private readonly place: StreamPlace,
    private readonly options: SessionOptions,
  ) {
    this.#introduction = setTimeout(
      () => connection.close(CloseCode.ConnectionInitialisationTimeout, "Connection initialisation timeout"),
      options.connectionInitMs,
    );
  }

  get operationCount(): number {
    return this.#operations.size;
  }

  /** Acts on one message. Resolves when all that it set off is over; rejects for a fault of ours. */
  hear(text: string): Promise<void> {
    // None of what follows keeps the message, which a subscription would hold for as long as it lasts.
    const message = readMessage(text);
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return this.#introduce(message.payload);
      case MessageType.Ping:
        return this.connection.send(JSON.stringify({ type: MessageType.Pong, payload: message.payload }));
      case MessageType.Pong:
        return Promise.resolve();
      case MessageType.Subscribe:
        return this.#start(message);
      case MessageType.Complete:
        return this.#stop(message.id);
      default:
        return this.#refuse(CloseCode.BadRequest, "Invalid message received");
    }
  }

  /** The socket is gone: all its operations end. */
  async end(): Promise<void> {
    clearTimeout(this.#introduction ?? undefined);
    await Promise.all([...this.#operations.keys()].map((id) => this.#stop(id)));
  }

  async #introduce(parameters: Readonly<Record<string, unknown>> | undefined): Promise<void> {
    if (this.#introduction === null) {
      return this.#refuse(CloseCode.TooManyInitialisationRequests, "Too many initialisation requests");
    }
    clearTimeout(this.#introduction);
    this.#introduction = null;
    const caller = await letIn(this.connection, this.options.services, parameters);
    if (caller === null) return;
    if (!this.place.claimFor(caller.id)) {
      return this.#refuse(TRY_AGAIN_LATER, "You have as many sockets and event streams as one caller may.");
    }
    this.#caller = caller;
    await this.connection.send(JSON.stringify({ type: MessageType.ConnectionAck }));
  }

  #start({ id, payload }: SubscribeMessage): Promise<void> {
    const caller = this.#caller;
    if (caller === null) return this.#refuse(CloseCode.Unauthorized, "Unauthorized");
    if (this.#operations.has(id)) {
      return this.#refuse(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    const operation: RunningOperation = { id, nextHead: `{"id":${JSON.stringify(id)},"type":"next","payload":` };
    this.#operations.set(id, operation);
    this.connection.noteOperation();
    const context = { caller, services: this.options.services, requestId: createRequestId() };
    return this.#prepare(payload, context)
      .then((preparation) => this.#run(operation, preparation, context))
      .finally(() => this.#runs(operation) && this.#operations.delete(id));
  }

  async #prepare(request: OperationRequest, context: ApiContext): Promise<Preparation> {
    const { maxOperations, checkLoad, services, pipeline } = this.options;
    if (this.#operations.size > maxOperations) return { errors: [tooManyOperations(maxOperations)] };
    const overload = checkLoad();
    if (overload !== null) return { errors: [asGraphqlError(overload)] };
    try {
      await services.countRequest(context.caller);
    } catch (error) {
      return { errors: [asGraphqlError(error)] };
    }
    return pipeline.prepare(request, context);
  }

  async #run(running: RunningOperation, { operation, errors }: Preparation, context: ApiContext): Promise<void> {
    if (errors !== undefined) return this.#fail(running, errors);
    const result = await this.options.pipeline.run(operation);
    if (Symbol.asyncIterator in result) {
      if (!this.#runs(running)) return void (await result.return());
      running.stream = result;
      try {
        for (let next = await result.next(); !next.done; next = await result.next()) {
          await this.#tell(running, next.value, context);
        }
      } catch (error) {
        return this.#fail(running, [asGraphqlError(error)]);
      }
    } else await this.#tell(running, result, context);
    if (this.#runs(running)) await this.connection.send(JSON.stringify({ id: running.id, type: MessageType.Complete }));
  }

  /** Resolves when there is room for more. */
  async #tell(running: RunningOperation, result: ExecutionResult, context: ApiContext): Promise<void> {
    if (!this.#runs(running)) return;
    await this.connection.send(`${running.nextHead}${this.options.pipeline.write(result, context)}}`);
  }

  async #fail(running: RunningOperation, errors: readonly GraphQLError[]): Promise<void> {
    if (!this.#runs(running)) return;
    const requestId = createRequestId();
    const payload = errors.map((error) => this.options.maskError(error, requestId));
    await this.connection.send(JSON.stringify({ id: running.id, type: MessageType.Error, payload }));
  }

  async #stop(id: string): Promise<void> {
    const operation = this.#operations.get(id);
    this.#operations.delete(id);
    await operation?.stream?.return();
  }

  async #refuse(code: number, reason: string): Promise<void> {
    this.connection.close(code, reason);
  }

  /** Whether the client still wants to hear of it. */
  #runs(operation: RunningOperation): boolean {
    return this.#operations.get(operation.id) === operation;
  }
}

/** Null for what is no message of the protocol's. */
function readMessage(text: string): Message | null {
  try {
    return parseMessage(text);
  } catch {
    return null;
  }
}

function tooManyOperations(limit: number): GraphQLError {
  return new GraphQLError(`A socket runs at most ${limit} operations at once. Complete one, or open another socket.`, {
    extensions: { code: "TOO_MANY_OPERATIONS" },
  });
}
