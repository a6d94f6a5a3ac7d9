import { Field, Int, ObjectType } from "type-graphql";
import type { JobErrorCode } from "../services/job.js";
import { describeEnum } from "./describe-enum.js";

export const JobErrorCodeEnum = describeEnum<JobErrorCode>(
  "JobErrorCode",
  "Why a job failed. Codes are stable: build on them rather than on texts.",
  {
    INVALID_INPUT: "The engine refused the input; `field` names the part at fault where it is known.",
    AUDIO_UNAVAILABLE: "The audio could not be fetched from `audioUrl`.",
    AUDIO_UNSUPPORTED: "The audio was fetched and could not be used: unknown format, damaged, too short or too long.",
    CONTENT_REJECTED: "The engine's content check refused the prompt or the audio.",
    UPSTREAM_AUTH: "The engine refused this server's credentials. Nothing the caller can put right.",
    UPSTREAM_UNAVAILABLE: "The engine could not be reached, or was too busy.",
    UPSTREAM_FAILED: "The engine failed while it worked on the request.",
    TIMED_OUT: "The request did not start before its deadline.",
    RESULT_EXPIRED: "The engine finished the request, but no longer holds its result.",
    SUBMISSION_UNCONFIRMED: "The request was sent, no answer came, and it was not found at the engine afterwards.",
    INTERNAL: "A fault of this server.",
  },
);

@ObjectType({ simpleResolvers: true, description: "Why a job failed. Upstream's own type and text are kept." })
export class JobError {
  @Field(() => JobErrorCodeEnum, { description: "The stable reason." })
  code!: JobErrorCode;

  @Field(() => String, { description: "What happened and what can be done, in words." })
  message!: string;

  @Field(() => [String], { nullable: true, description: 'Path of the input field at fault, such as ["audioUrl"].' })
  field!: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The engine\'s own name for the fault, such as "audio_duration_too_long".',
  })
  upstreamType!: string | null;

  @Field(() => Int, { nullable: true, description: "The HTTP status the engine answered with." })
  upstreamStatus!: number | null;

  @Field(() => Boolean, { description: "Whether submitting the same input again may succeed." })
  retryable!: boolean;
}
