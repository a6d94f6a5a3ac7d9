import { Field, InputType, Int } from "type-graphql";
import type { QueuePriority } from "../services/job.js";
import { BigInteger } from "./big-integer.js";
import { QueuePriorityEnum } from "./job-enums.js";

@InputType({
  description:
    "Input of fal-ai/stable-audio-25/inpaint. Ranges and defaults are the model's. The span from `maskStart` to " +
    "`maskEnd` is regenerated, the rest is kept.",
})
export class InpaintAudioInput {
  @Field(() => String, {
    description: "What the regenerated span should sound like. Not blank, at most 4,000 characters.",
  })
  prompt!: string;

  @Field(() => String, {
    description:
      "The audio to inpaint: an http or https URL the engine can fetch, a base64 data: URI, or the `fileUrl` of a " +
      "`createAudioUpload`.",
  })
  audioUrl!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Length of the result in whole seconds, 1 to 190. Left out: the duration of the input audio. A longer value " +
      "extends the audio, and the added span must lie in the mask.",
  })
  secondsTotal?: number | null;

  @Field(() => Int, {
    defaultValue: 1,
    description: "How closely the result follows the prompt: 1 to 25, higher is closer. Default: 1.",
  })
  guidanceScale!: number;

  @Field(() => Int, {
    defaultValue: 30,
    description:
      "Where the regenerated span starts: 0 to 190, in whole seconds, before the end of the audio. Default: 30.",
  })
  maskStart!: number;

  @Field(() => Int, {
    defaultValue: 190,
    description:
      "Where the regenerated span ends: 0 to 190, in whole seconds, after `maskStart`. A value beyond the total " +
      "length means the total length. Default: 190.",
  })
  maskEnd!: number;

  @Field(() => Int, {
    defaultValue: 8,
    description: "Number of denoising steps: 4 to 8, more takes longer and is more refined. Default: 8.",
  })
  numInferenceSteps!: number;

  @Field(() => BigInteger, {
    nullable: true,
    description:
      "Makes the result reproducible. Left out: drawn at random (32 bits) when the job is accepted, and shown in " +
      "the job's input and output.",
  })
  seed?: bigint | null;
}

@InputType({ description: "How a request is submitted; none of it changes what the model is asked for." })
export class SubmitOptions {
  @Field(() => String, {
    nullable: true,
    description:
      "Names this submission, so that it can be repeated safely when the answer was lost. Same key, same input and " +
      "options: the same job comes back, whatever its state. Same key, anything else: IDEMPOTENCY_CONFLICT.",
  })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Called when the request is finished, however it ended: a POST in the form of fal's signed webhooks, checked with " +
      "the keys at this server's `/.well-known/jwks.json`. `request_id` is the job's `requestId`, or its `id` when the " +
      "engine never took the request or never told its id; the user id is the caller's. Told at least once, for up to " +
      "a day, until the answer is a 2xx; a 3xx ends it. An http or https URL on the public internet, of at most 2,048 " +
      "characters; its query may carry an id of your own.",
  })
  webhookUrl?: string | null;

  @Field(() => QueuePriorityEnum, {
    defaultValue: QueuePriorityEnum.NORMAL,
    description: "The request's place in the engine's queue.",
  })
  priority!: QueuePriority;

  @Field(() => Int, {
    nullable: true,
    description:
      "How many seconds the request may wait before it starts: 2 to 86400. It fails TIMED_OUT, and is not billed, " +
      "when it has not started by then. Left out: the server's default.",
  })
  startTimeout?: number | null;
}
