import { Args, Resolver, Root, Subscription } from "type-graphql";
import { InpaintUpdate } from "../schema/inpaint-update.js";
import { InpaintProgressArguments } from "../schema/operation-arguments.js";
import type { JobUpdate } from "../services/job.js";
import type { ApiContext } from "./context.js";
import { presentUpdate } from "./present-update.js";

@Resolver()
export class ProgressResolver {
  @Subscription(() => InpaintUpdate, {
    description:
      "Follows one job until it is finished; then the server completes the operation. Without `after` the first " +
      "update is a snapshot: the present state with all log lines so far. With `after`: exactly what came since that " +
      "cursor, which is nothing but the completion when the job had ended there. An unknown id is an error with code " +
      "NOT_FOUND, an unknown cursor one with BAD_USER_INPUT.",
    subscribe: ({ args, context }) => watch(args as InpaintProgressArguments, context as ApiContext),
  })
  inpaintProgress(
    @Root() update: JobUpdate,
    @Args(() => InpaintProgressArguments) _arguments: InpaintProgressArguments,
  ): InpaintUpdate {
    return presentUpdate(update);
  }
}

function watch(
  { jobId, after }: InpaintProgressArguments,
  context: ApiContext,
): Promise<AsyncIterableIterator<JobUpdate>> {
  context.jobId = jobId;
  return context.services.watchJob(context.caller, jobId, after ?? null);
}
