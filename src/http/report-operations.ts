import { performance } from "node:perf_hooks";
import { type GraphQLFormattedError, getOperationAST } from "graphql";
import type { Logger } from "pino";
import type { Observations } from "../observations.js";
import type { ApiContext } from "../resolvers/context.js";
import type { OperationResult, Pipeline } from "./pipeline.js";

/** From here on an operation is called slow in the log. What waits for upstream is given 0.8 s. */
const SLOW_MS = 1_000;
/** Names are chosen by clients. */
const MAX_NAME_CHARACTERS = 64;

/** So is what they take for a job's id. */
const PLAIN_ID = /^[\w-]{1,64}$/;

type Outcome = readonly Pick<GraphQLFormattedError, "extensions">[] | undefined;

/** The same pipeline; each operation makes one line in the log, and is counted. */
export function reportOperations(
  pipeline: Pipeline,
  { logger, observations }: { logger: Logger; observations: Observations },
): Pipeline {
  const report = (context: ApiContext, kind: string, name: string | undefined, startedAt: number, errors: Outcome) => {
    const durationMs = performance.now() - startedAt;
    const failed = errors !== undefined;
    observations.emit("operation", { kind, failed, durationMs });
    const { requestId, caller } = context;
    const jobId = PLAIN_ID.test(context.jobId ?? "") ? context.jobId : undefined;
    const codes = errors?.map(({ extensions }) => extensions?.code ?? "INTERNAL_SERVER_ERROR");
    const line = { requestId, caller: caller.id, jobId, kind, name: name?.slice(0, MAX_NAME_CHARACTERS), codes };
    const isSlow = durationMs >= SLOW_MS;
    logger[isSlow ? "warn" : "info"](
      { ...line, milliseconds: Math.round(durationMs * 10) / 10 },
      isSlow ? "slow operation" : "operation",
    );
  };

  return {
    ...pipeline,
    prepare(request, context) {
      const startedAt = performance.now();
      const preparation = pipeline.prepare(request, context);
      if (preparation.errors !== undefined) {
        // Of a document that was refused nothing is known to be as it should.
        const name: unknown = request.operationName;
        report(context, "invalid", typeof name === "string" ? name : undefined, startedAt, preparation.errors);
      }
      return preparation;
    },
    async run(operation) {
      const startedAt = performance.now();
      const result = await pipeline.run(operation);
      const name = getOperationAST(operation.document, operation.operationName)?.name?.value;
      report(operation.contextValue, operation.kind, name, startedAt, errorsOf(result));
      return result;
    },
  };
}

function errorsOf(result: OperationResult): Outcome {
  return Symbol.asyncIterator in result ? undefined : result.errors;
}
