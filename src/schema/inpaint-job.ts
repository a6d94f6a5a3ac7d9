import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { Billing, Job, JobStatus, SubmissionState } from "../services/job.js";
import { DateTime } from "./date-time.js";
import { InpaintAudioOutput } from "./inpaint-output.js";
import { InpaintRequest } from "./inpaint-request.js";
import { BillingEnum, JobStatusEnum, SubmissionStateEnum } from "./job-enums.js";
import { JobError } from "./job-error.js";
import { Node } from "./node.js";

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "One inpainting request, from its acceptance to its result. It is sent to the engine at most once.",
})
export class InpaintJob implements Node {
  /** The job as the services know it; field resolvers read it. Not part of the API. */
  record!: Job;

  @Field(() => ID, { description: "Identifies the job among all objects of this server. Opaque." })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: "The engine's own id of the request, once the engine has accepted it.",
  })
  requestId!: string | null;

  @Field(() => JobStatusEnum, { description: "Where the job stands." })
  status!: JobStatus;

  @Field(() => SubmissionStateEnum, { description: "Where the request is on its way to the engine." })
  submission!: SubmissionState;

  @Field(() => Int, {
    nullable: true,
    description: "How many requests are ahead of this one, while IN_QUEUE and known.",
  })
  queuePosition!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How far the work is, 0 to 1, when the engine reports it; null otherwise. It is never guessed, and never " +
      "goes backwards within one run.",
  })
  progress!: number | null;

  @Field(() => InpaintRequest, { description: "What is asked of the engine, defaults and effective values applied." })
  input!: InpaintRequest;

  @Field(() => InpaintAudioOutput, { nullable: true, description: "The result. Present exactly when COMPLETED." })
  output!: InpaintAudioOutput | null;

  @Field(() => JobError, { nullable: true, description: "Why the job failed. Present exactly when FAILED." })
  error!: JobError | null;

  @Field(() => BillingEnum, { description: "Whether the request is charged to the engine's account." })
  billed!: Billing;

  @Field(() => Float, { nullable: true, description: "How many units the engine charged, where it says so." })
  billableUnits!: number | null;

  @Field(() => Float, { nullable: true, description: "Seconds the model worked, by the engine's own measure." })
  inferenceTime!: number | null;

  @Field(() => DateTime, { description: "When this server accepted the job." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When the engine accepted the request." })
  submittedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the engine started to work on it." })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the job reached its final state." })
  finishedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When cancelling was asked for. The job still ends as what truly happened.",
  })
  cancelRequestedAt!: Date | null;
}
