import { Field, Float, Int, ObjectType } from "type-graphql";
import type { JobStatus } from "../services/job.js";
import { InpaintJob } from "./inpaint-job.js";
import { JobStatusEnum } from "./job-enums.js";
import { RequestLog } from "./request-log.js";

@ObjectType({ simpleResolvers: true, description: "One update of a job, in the shape of fal's onQueueUpdate." })
export class InpaintUpdate {
  @Field(() => String, {
    description:
      "This update's place among the job's updates: hand it to `inpaintProgress(after:)` to resume behind it.",
  })
  cursor!: string;

  @Field(() => Boolean, {
    description: "True: this is the whole state, replace what you have. False: append its log lines.",
  })
  snapshot!: boolean;

  @Field(() => JobStatusEnum, { description: "Where the job stood at this update." })
  status!: JobStatus;

  @Field(() => Int, {
    nullable: true,
    description: "How many requests were ahead of this one, while IN_QUEUE and known.",
  })
  queuePosition!: number | null;

  @Field(() => Float, { nullable: true, description: "How far the work was, 0 to 1, when the engine reports it." })
  progress!: number | null;

  @Field(() => [RequestLog], { description: "All lines so far in a snapshot, else only the new ones." })
  logs!: readonly RequestLog[];

  @Field(() => InpaintJob, { description: "The whole job as it is now, at least as new as this update." })
  job!: InpaintJob;
}
