import { Field, ObjectType } from "type-graphql";
import type { CancelOutcomeWord } from "../services/services.js";
import { DateTime } from "./date-time.js";
import { describeEnum } from "./describe-enum.js";
import { InpaintJob } from "./inpaint-job.js";
import { UserError } from "./user-error.js";

const USER_ERRORS = "What the caller has to put right. Empty when the mutation was carried out.";

export const CancelOutcomeEnum = describeEnum<CancelOutcomeWord>("CancelOutcome", "What became of a cancellation.", {
  CANCELLED: "The job is cancelled.",
  CANCELLATION_REQUESTED:
    "The engine is asked to cancel. The job ends as what truly happens: it may still complete before the request arrives.",
  ALREADY_FINISHED: "The job had reached a final state before; it stays as it is.",
});

@ObjectType({ simpleResolvers: true, description: "Answer to `inpaintAudio`." })
export class InpaintAudioPayload {
  @Field(() => InpaintJob, { nullable: true, description: "The accepted job. Null when there are user errors." })
  job!: InpaintJob | null;

  @Field(() => [UserError], { description: USER_ERRORS })
  userErrors!: readonly UserError[];
}

@ObjectType({ simpleResolvers: true, description: "Answer to `cancelInpaint`." })
export class CancelInpaintPayload {
  @Field(() => InpaintJob, { nullable: true, description: "The job as it is now. Null when there are user errors." })
  job!: InpaintJob | null;

  @Field(() => CancelOutcomeEnum, {
    nullable: true,
    description: "What became of the cancellation. Null when there are user errors.",
  })
  outcome!: CancelOutcomeWord | null;

  @Field(() => [UserError], { description: USER_ERRORS })
  userErrors!: readonly UserError[];
}

@ObjectType({ simpleResolvers: true, description: "Answer to `createWatchToken`." })
export class CreateWatchTokenPayload {
  @Field(() => String, {
    nullable: true,
    description: "The credential; whoever holds it may look at the job. Null when there are user errors.",
  })
  token!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it stops being good, and what runs on it ends. Null when there are user errors.",
  })
  expiresAt!: Date | null;

  @Field(() => [UserError], { description: USER_ERRORS })
  userErrors!: readonly UserError[];
}
