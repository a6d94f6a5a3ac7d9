import { ApolloServerErrorCode } from "@apollo/server/errors";
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import type { Logger } from "pino";
import type { Observations } from "../observations.js";
import type { ApiContext } from "../resolvers/context.js";
import { type DocumentLimits, findCostFault, MAX_REQUEST_ERRORS } from "./document-limits.js";
import { createExecute } from "./execute-operation.js";
import { type Introspection, mayIntrospect } from "./introspection.js";
import { createDocumentLoader } from "./load-document.js";
import type { ErrorMask } from "./mask-errors.js";
import { createCostMeter } from "./operation-cost.js";
import { reportOperations } from "./report-operations.js";
import { createSubscribe, type ResultStream } from "./subscription.js";

/** An operation as a client sends it, on any transport. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that may be run. */
export interface ReadyOperation extends ExecutionArgs {
  readonly kind: OperationTypeNode;
  readonly contextValue: ApiContext;
}

/** Either an operation that may be run, or the reasons why not. */
export type Preparation =
  | { readonly operation: ReadyOperation; readonly errors?: undefined }
  | { readonly operation?: undefined; readonly errors: readonly GraphQLError[] };

export type OperationResult = ExecutionResult | ResultStream;

/** The one way from a request to its answer; the transports only carry both. */
export interface Pipeline {
  /** Parses, validates, and decides whether this caller may run it. Runs nothing. */
  prepare(request: OperationRequest, context: ApiContext): Preparation;
  /** Runs a query or mutation, or starts a subscription. What fails becomes an error of the result. */
  run(operation: ReadyOperation): Promise<OperationResult>;
  /** What the client may read of a result. */
  present(result: ExecutionResult, context: ApiContext): FormattedExecutionResult;
  /** The same as JSON, made once of a result that several subscriptions share. */
  write(result: ExecutionResult, context: ApiContext): string;
}

export interface PipelineOptions {
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  readonly introspection: Introspection;
  readonly maskError: ErrorMask;
  readonly logger: Logger;
  readonly observations: Observations;
  /** See createExecute. */
  readonly compileAfterUses?: number | null;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { schema, limits, introspection, maskError, logger, observations } = options;
  const loadDocument = createDocumentLoader(schema, limits, observations);
  const costOf = createCostMeter(schema);
  const run = createExecute(options.compileAfterUses);
  const subscribe = createSubscribe(run);
  const texts = new WeakMap<ExecutionResult, string>();

  const pipeline: Pipeline = {
    prepare({ query, operationName, variables }, contextValue) {
      const showsSchema = mayIntrospect(introspection, contextValue.caller);
      const { checked, errors } = loadDocument(query, !showsSchema);
      if (errors !== undefined) return { errors };
      const { document } = checked;
      if (checked.introspects && !showsSchema) return { errors: [introspectionRefused()] };
      const definition = getOperationAST(document, operationName);
      if (!definition) return { errors: [unknownOperation(operationName)] };
      const tooCostly = findCostFault(costOf(document, definition, variables ?? {}), limits);
      if (tooCostly !== null) return { errors: [tooCostly] };
      const operation: ReadyOperation = {
        schema,
        document,
        operationName,
        variableValues: variables,
        contextValue,
        kind: definition.operation,
        hideSuggestions: !showsSchema,
        options: { maxCoercionErrors: MAX_REQUEST_ERRORS },
      };
      return { operation };
    },

    async run(operation) {
      try {
        return await (operation.kind === OperationTypeNode.SUBSCRIPTION ? subscribe(operation) : run(operation));
      } catch (error) {
        return { errors: [asGraphqlError(error)] };
      }
    },

    present({ errors, ...result }, { requestId }) {
      if (errors === undefined) return result;
      return { errors: errors.map((error) => maskError(error, requestId)), ...result };
    },

    write(result, context) {
      // Errors name the operation that they are told of.
      if (result.errors !== undefined) return JSON.stringify(pipeline.present(result, context));
      const known = texts.get(result);
      if (known !== undefined) return known;
      const text = JSON.stringify(result);
      texts.set(result, text);
      return text;
    },
  };
  return reportOperations(pipeline, { logger, observations });
}

export function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

function introspectionRefused(): GraphQLError {
  return new GraphQLError(
    "This server does not show its schema to you: introspection is switched off or needs a key.",
    {
      extensions: { code: ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED },
    },
  );
}

/** In the words of GraphQL's reference implementation. */
function unknownOperation(name: string | null | undefined): GraphQLError {
  const message =
    typeof name === "string"
      ? `Unknown operation named "${name}".`
      : "Must provide operation name if query contains multiple operations.";
  return new GraphQLError(message, { extensions: { code: ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE } });
}
