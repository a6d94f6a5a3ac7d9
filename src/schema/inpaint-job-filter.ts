import { Field, InputType } from "type-graphql";
import type { JobStatus } from "../services/job.js";
import { DateTime } from "./date-time.js";
import { JobStatusEnum } from "./job-enums.js";

@InputType({ description: "Which jobs to list. A job must match every part that is given." })
export class InpaintJobFilter {
  @Field(() => [JobStatusEnum], { nullable: true, description: "Jobs in any of these states." })
  status?: readonly JobStatus[] | null;

  @Field(() => String, { nullable: true, description: "The job with this request id of the engine." })
  requestId?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Jobs accepted after this moment." })
  createdAfter?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Jobs accepted before this moment." })
  createdBefore?: Date | null;
}
