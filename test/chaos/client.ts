import { setTimeout as delay } from "node:timers/promises";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import type { Program } from "./processes.js";
import type { Random } from "./random.js";

const ANSWER_DEADLINE_MS = 10_000;
const RETRY_MS = 25;
/** No outage of these tests is nearly as long. */
const GIVE_UP_MS = 180_000;

interface WireError {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

/** The server answered that it can't now, or nobody answered: a good client asks again. */
export class PassingTrouble extends Error {}

/** A client as it should be: it repeats whatever was not answered, on any instance. */
export class GoodClient {
  /** Answers that no client should ever get. */
  readonly faults: string[] = [];
  /** Told when a request is on its way to an instance, and again when its answer is here. */
  onMutation: (moment: "sent" | "answered", instance: Program) => void = () => {};

  constructor(
    readonly instances: readonly Program[],
    private readonly random: Random,
  ) {}

  /** Any instance that serves; PassingTrouble when none does. */
  pickInstance(): Program {
    const serving = this.instances.filter(({ url }) => url !== null);
    if (serving.length === 0) throw new PassingTrouble("no instance serves");
    return this.random.pick(serving);
  }

  /** Asks until it is answered; rejects with the last trouble when that takes far too long. */
  async ask<Result, Variables>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Result> {
    const startedAt = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await this.askOnce(this.pickInstance(), document, variables);
      } catch (error) {
        if (!(error instanceof PassingTrouble) || performance.now() - startedAt > GIVE_UP_MS) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  /** @throws PassingTrouble */
  async askOnce<Result, Variables>(
    instance: Program,
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const query = print(document);
    const isMutation = query.startsWith("mutation");
    try {
      const answering = fetch(`${instance.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
      });
      if (isMutation) this.onMutation("sent", instance);
      const answer = (await (await answering).json()) as { data?: Result; errors?: readonly WireError[] };
      if (isMutation) this.onMutation("answered", instance);
      if (answer.errors) throw this.troubleOf(answer.errors);
      if (!answer.data) throw new PassingTrouble("an answer without data");
      return answer.data;
    } catch (error) {
      if (error instanceof PassingTrouble) throw error;
      throw new PassingTrouble((error as Error).message);
    }
  }

  /** Passing trouble; anything else than SERVICE_UNAVAILABLE is a fault as well. */
  troubleOf(errors: readonly WireError[]): PassingTrouble {
    const [error] = errors;
    if (error?.extensions?.code !== "SERVICE_UNAVAILABLE") this.faults.push(`an error: ${JSON.stringify(errors)}`);
    return new PassingTrouble(error?.message ?? "an error without words");
  }
}
