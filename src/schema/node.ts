import { Field, ID, InterfaceType } from "type-graphql";

@InterfaceType({
  description: "Anything that can be fetched again by its id with `Query.node`.",
  // Resolvers return plain objects, and jobs are the only nodes.
  resolveType: () => "InpaintJob",
})
export abstract class Node {
  @Field(() => ID, { description: "Identifies the object among all objects of this server. Opaque." })
  id!: string;
}
