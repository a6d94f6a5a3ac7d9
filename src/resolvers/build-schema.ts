// Type-GraphQL's decorators need it, so it comes before every decorated class. Nothing but this file imports those
// classes as values, which also keeps the order of the printed schema the same whoever builds it.
import "reflect-metadata";
import { createPubSub } from "@graphql-yoga/subscription";
import { type GraphQLSchema, OperationTypeNode } from "graphql";
import { buildSchema } from "type-graphql";
import { JobConnectionResolver } from "./job-connection-resolver.js";
import { JobFieldResolver } from "./job-field-resolver.js";
import { JobMutationResolver } from "./job-mutation-resolver.js";
import { JobQueryResolver } from "./job-query-resolver.js";
import { ProgressResolver } from "./progress-resolver.js";
import { ServiceResolver } from "./service-resolver.js";
import { UploadResolver } from "./upload-resolver.js";
import { ViewerResolver } from "./viewer-resolver.js";
import { WatchTokenResolver } from "./watch-token-resolver.js";

const ROOT_DESCRIPTIONS = {
  query: "Reading: nothing here changes anything.",
  mutation: "Changing: submit, cancel, upload. What the caller can put right comes back as `userErrors`.",
  subscription:
    "Following live, over WebSocket (the graphql-transport-ws protocol, at the same path) or as server-sent events (the " +
    "graphql-sse protocol, at this path followed by /stream).",
} as const;

/** The whole API. Resolvers take everything they need from the operation's context (`ApiContext`). */
export async function buildApiSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      JobQueryResolver,
      ServiceResolver,
      JobMutationResolver,
      UploadResolver,
      ViewerResolver,
      WatchTokenResolver,
      ProgressResolver,
      JobFieldResolver,
      JobConnectionResolver,
    ],
    // Input is checked by the services, which report every fault at once as user errors.
    validate: false,
    // Required as soon as there is a subscription, though ours all bring an iterator of their own.
    pubSub: createPubSub(),
  });
  describeRootTypes(schema);
  return schema;
}

/** Type-GraphQL makes the three root types itself and has no option for their descriptions. */
function describeRootTypes(schema: GraphQLSchema): void {
  for (const operation of [OperationTypeNode.QUERY, OperationTypeNode.MUTATION, OperationTypeNode.SUBSCRIPTION]) {
    const type = schema.getRootType(operation);
    if (type) type.description = ROOT_DESCRIPTIONS[operation];
  }
}
