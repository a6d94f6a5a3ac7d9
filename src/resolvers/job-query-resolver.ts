import { Arg, Args, Ctx, ID, Query, Resolver } from "type-graphql";
import { InpaintJob } from "../schema/inpaint-job.js";
import { InpaintJobConnection } from "../schema/inpaint-job-connection.js";
import { Node } from "../schema/node.js";
import { InpaintJobsArguments } from "../schema/operation-arguments.js";
import type { ApiContext } from "./context.js";
import { presentJob } from "./present-job.js";
import { presentJobPage } from "./present-job-page.js";
import { readPageRequest } from "./read-page-request.js";

@Resolver()
export class JobQueryResolver {
  @Query(() => Node, {
    nullable: true,
    description: "Any object by its id. Null for an unknown id and for another caller's object alike.",
  })
  async node(
    @Arg("id", () => ID, { description: "The object's id." }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<InpaintJob | null> {
    return this.inpaintJob(id, context);
  }

  @Query(() => InpaintJob, {
    nullable: true,
    description: "One job by its id. Null for an unknown id and for another caller's job alike.",
  })
  async inpaintJob(
    @Arg("id", () => ID, { description: "The job's id." }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<InpaintJob | null> {
    context.jobId = id;
    const job = await context.services.findJob(context.caller, id);
    return job === null ? null : presentJob(job);
  }

  @Query(() => InpaintJobConnection, {
    description:
      "The caller's own jobs, newest first, a page at a time. Give `first` or `last`, not both: 1 to 100, and " +
      "`first: 20` when neither is given. Anything else, and a cursor this server did not give out, is " +
      "BAD_USER_INPUT.",
  })
  async inpaintJobs(
    @Args(() => InpaintJobsArguments) page: InpaintJobsArguments,
    @Ctx() context: ApiContext,
  ): Promise<InpaintJobConnection> {
    return presentJobPage(await context.services.listJobs(context.caller, readPageRequest(page)));
  }
}
