import { ApolloServerErrorCode } from "@apollo/server/errors";
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate, visit } from "graphql";
import type { Observations } from "../observations.js";
import { type CheckedDocument, createDocumentCache } from "./document-cache.js";
import {
  type DocumentLimits,
  findCountFault,
  findDepthFault,
  findLengthFault,
  MAX_REQUEST_ERRORS,
} from "./document-limits.js";

export type LoadedDocument =
  | { readonly checked: CheckedDocument; readonly errors?: undefined }
  | { readonly checked?: undefined; readonly errors: readonly GraphQLError[] };

/** Reads a document's text, without hints at the schema's names if so wished. */
export type DocumentLoader = (text: string, hideSuggestions: boolean) => LoadedDocument;

/**
 * Checks documents as far as that depends on neither the caller nor the variables, cheapest first: length, tokens,
 * counts, validity, depth. What passed is kept, so that the same text is checked once.
 */
export function createDocumentLoader(
  schema: GraphQLSchema,
  limits: DocumentLimits,
  observations: Observations,
): DocumentLoader {
  const documents = createDocumentCache();

  return (text, hideSuggestions) => {
    const known = documents.get(text);
    observations.emit("document-looked-up", { known: known !== undefined });
    if (known !== undefined) return { checked: known };

    const tooLong = findLengthFault(text);
    if (tooLong !== null) return { errors: [tooLong] };
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.maxTokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { errors: [withCode(error, ApolloServerErrorCode.GRAPHQL_PARSE_FAILED)] };
    }
    const tooMany = findCountFault(document, limits);
    if (tooMany !== null) return { errors: [tooMany] };
    const faults = validate(schema, document, undefined, { maxErrors: MAX_REQUEST_ERRORS, hideSuggestions });
    if (faults.length > 0) {
      return { errors: faults.map((fault) => withCode(fault, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED)) };
    }
    const tooDeep = findDepthFault(document, limits);
    if (tooDeep !== null) return { errors: [tooDeep] };

    const checked = { document, introspects: introspects(document) };
    documents.set(text, checked);
    return { checked };
  };
}

function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: ({ name }) => {
      found ||= name.value === "__schema" || name.value === "__type";
    },
  });
  return found;
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
