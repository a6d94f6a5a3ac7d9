import { FieldResolver, Int, Resolver, Root } from "type-graphql";
import { InpaintJobConnection } from "../schema/inpaint-job-connection.js";

@Resolver(() => InpaintJobConnection)
export class JobConnectionResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description: "How many jobs match on all pages. Null beyond 10,000. Counted only when asked for.",
  })
  totalCount(@Root() connection: InpaintJobConnection): Promise<number | null> {
    return connection.countTotal();
  }
}
