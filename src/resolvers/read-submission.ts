import type { InpaintAudioInput, SubmitOptions } from "../schema/inpaint-input.js";
import type { SubmitOptions as SubmissionOptions, SubmitInput } from "../services/services.js";

/** The services' form of the model's input: plain, and every absent value null. */
export function readSubmitInput(input: InpaintAudioInput): SubmitInput {
  return {
    prompt: input.prompt,
    audioUrl: input.audioUrl,
    secondsTotal: input.secondsTotal ?? null,
    guidanceScale: input.guidanceScale,
    maskStart: input.maskStart,
    maskEnd: input.maskEnd,
    numInferenceSteps: input.numInferenceSteps,
    seed: input.seed ?? null,
  };
}

/** Leaving `options` out means the same as giving none of its fields. */
export function readSubmitOptions(options: SubmitOptions | null | undefined): SubmissionOptions {
  return {
    idempotencyKey: options?.idempotencyKey ?? null,
    webhookUrl: options?.webhookUrl ?? null,
    priority: options?.priority ?? "NORMAL",
    startTimeoutSeconds: options?.startTimeout ?? null,
  };
}
