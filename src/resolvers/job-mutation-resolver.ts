import { Arg, Args, Ctx, ID, Mutation, Resolver } from "type-graphql";
import { CancelInpaintPayload, InpaintAudioPayload } from "../schema/mutation-payloads.js";
import { InpaintAudioArguments } from "../schema/operation-arguments.js";
import type { ApiContext } from "./context.js";
import { presentJob } from "./present-job.js";
import { readSubmitInput, readSubmitOptions } from "./read-submission.js";

@Resolver()
export class JobMutationResolver {
  @Mutation(() => InpaintAudioPayload, {
    description:
      "Submits one inpainting request and answers as soon as it is stored: from then on it is not lost, and it is " +
      "sent to the engine at most once. Follow it with `inpaintProgress`.",
  })
  async inpaintAudio(
    @Args(() => InpaintAudioArguments) { input, options }: InpaintAudioArguments,
    @Ctx() context: ApiContext,
  ): Promise<InpaintAudioPayload> {
    const { job, faults } = await context.services.submitJob(
      context.caller,
      readSubmitInput(input),
      readSubmitOptions(options),
    );
    context.jobId = job?.id;
    return { job: job === null ? null : presentJob(job), userErrors: faults };
  }

  @Mutation(() => CancelInpaintPayload, {
    description:
      "Cancels a job: at once and free while it waits here, else by asking the engine, which may finish before it " +
      "hears of it. An unknown id is a user error NOT_FOUND.",
  })
  async cancelInpaint(
    @Arg("id", () => ID, { description: "The job's id." }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<CancelInpaintPayload> {
    context.jobId = id;
    const { job, outcome, faults } = await context.services.cancelJob(context.caller, id);
    return { job: job === null ? null : presentJob(job), outcome, userErrors: faults };
  }
}
