import { ApolloServerErrorCode } from "@apollo/server/errors";
import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from "graphql";
import { DocumentCache } from "./document-cache.js";

export interface OperationSource {
  readonly query: string;
  readonly operationName?: string | null | undefined;
}

/** Either a document that is valid and holds the operation, or the reasons why not, with the codes HTTP gives them. */
export type LoadedOperation =
  | { readonly document: DocumentNode; readonly errors?: undefined }
  | { readonly document?: undefined; readonly errors: readonly [GraphQLError, ...GraphQLError[]] };

/** Parses and validates as Apollo Server does for HTTP, from the same cache and with the same rules. */
export async function loadOperation(
  schema: GraphQLSchema,
  documents: DocumentCache,
  { query, operationName }: OperationSource,
): Promise<LoadedOperation> {
  const loaded = loadDocument(schema, documents, query);
  if (loaded.errors !== undefined || getOperationAST(loaded.document, operationName)) return loaded;
  // Execution refuses it before it runs anything; asking it gives the same words as over HTTP.
  const { errors } = await execute({ schema, document: loaded.document, operationName: operationName ?? undefined });
  return refuse(errors ?? [], ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE);
}

function loadDocument(schema: GraphQLSchema, documents: DocumentCache, query: string): LoadedOperation {
  const key = DocumentCache.keyOf(query);
  const known = documents.get(key);
  if (known !== undefined) return { document: known };

  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return refuse([error], ApolloServerErrorCode.GRAPHQL_PARSE_FAILED);
  }
  const faults = validate(schema, document);
  if (faults.length > 0) return refuse(faults, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED);
  documents.set(key, document);
  return { document };
}

function refuse(faults: readonly GraphQLError[], code: string): LoadedOperation {
  const [first, ...others] = faults.map((fault) => withCode(fault, code));
  if (first === undefined) throw new Error("An operation was refused without a reason.");
  return { errors: [first, ...others] };
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    originalError: error,
    extensions: { code },
  });
}
