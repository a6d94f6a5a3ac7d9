import { Ctx, Query, Resolver } from "type-graphql";
import { Viewer } from "../schema/viewer.js";
import type { ApiContext } from "./context.js";
import { presentDate } from "./present-date.js";

@Resolver()
export class ViewerResolver {
  @Query(() => Viewer, { description: "The caller, as this server knows it by its credential." })
  async viewer(@Ctx() context: ApiContext): Promise<Viewer> {
    const { id, limits } = await context.services.describeViewer(context.caller);
    return { id, limits: limits.map((limit) => ({ ...limit, resetsAt: presentDate(limit.resetsAt) })) };
  }
}
