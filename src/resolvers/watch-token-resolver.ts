import { Args, Ctx, Mutation, Resolver } from "type-graphql";
import { CreateWatchTokenPayload } from "../schema/mutation-payloads.js";
import { CreateWatchTokenArguments } from "../schema/operation-arguments.js";
import type { ApiContext } from "./context.js";
import { presentDate } from "./present-date.js";

@Resolver()
export class WatchTokenResolver {
  @Mutation(() => CreateWatchTokenPayload, {
    description:
      "Makes a signed, read-only credential for one job, so that a browser without an account can follow it and fetch " +
      "its output. It goes where any credential goes. Refused with FORBIDDEN to holders of one.",
  })
  async createWatchToken(
    @Args(() => CreateWatchTokenArguments) { jobId, ttlSeconds }: CreateWatchTokenArguments,
    @Ctx() context: ApiContext,
  ): Promise<CreateWatchTokenPayload> {
    context.jobId = jobId;
    const { token, expiresAt, faults } = await context.services.createWatchToken(context.caller, jobId, ttlSeconds);
    return { token, expiresAt: presentDate(expiresAt), userErrors: faults };
  }
}
