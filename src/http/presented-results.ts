import type { ExecutionResult, FormattedExecutionResult } from "graphql";
import type { ApiContext } from "../resolvers/context.js";
import { asGraphqlError, type OperationResult, type Pipeline } from "./pipeline.js";

/**
 * An operation's results as its client may read them, pulled one by one. A source that fails ends with its error as the
 * last result. Returning, also while a result is awaited, ends the source at once. `ready` is awaited before each pull.
 */
export function presentResults(
  pipeline: Pipeline,
  result: OperationResult,
  context: ApiContext,
  ready: () => Promise<void>,
): AsyncGenerator<FormattedExecutionResult, void, void> {
  const source = Symbol.asyncIterator in result ? result : once(result);
  let hasFailed = false;
  const results: AsyncGenerator<FormattedExecutionResult, void, void> = {
    async next() {
      await ready();
      if (hasFailed) return { done: true, value: undefined };
      try {
        const { done, value } = await source.next();
        return done ? { done, value: undefined } : { done: false, value: pipeline.present(value, context) };
      } catch (error) {
        hasFailed = true;
        return { done: false, value: pipeline.present({ errors: [asGraphqlError(error)] }, context) };
      }
    },
    async return() {
      await source.return();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await source.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult, void, void> {
  yield result;
}
