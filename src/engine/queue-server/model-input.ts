import { randomInt } from "node:crypto";
import { InputFields } from "./input-fields.js";
import type { JsonObject } from "./lossless-body.js";
import { ModelError } from "./model-error.js";

/** The input of fal-ai/stable-audio-25/inpaint after its defaults. */
export interface ModelInput {
  prompt: string;
  audioUrl: string;
  maskStartSeconds: number;
  maskEndSeconds: number;
  /** null: the length of the audio itself. */
  totalSeconds: number | null;
  guidanceScale: number;
  inferenceSteps: number;
  seed: bigint;
  syncMode: boolean;
}

/** fal names no range for the seed; 64 bits, signed or not, is more than any generator takes. */
const SEED_RANGE = { min: -(2n ** 63n), max: 2n ** 64n - 1n };
/** A drawn seed fits 32 bits, so that every client can hold it. */
const DRAWN_SEED_LIMIT = 2 ** 32;

/**
 * Checks a request body against the model's schema, with its ranges and defaults (the model's API page and fal's
 * generated schemas), and draws a seed when none is given.
 *
 * @throws ModelError naming every fault at once.
 */
export function parseModelInput(body: JsonObject): ModelInput {
  const fields = new InputFields(body);
  const prompt = fields.requiredString("prompt");
  const audioUrl = fields.requiredString("audio_url");
  const total = fields.integer("seconds_total", { min: 1n, max: 190n }, null);
  const guidanceScale = fields.number("guidance_scale", { min: 1n, max: 25n }, 1);
  const maskStart = fields.integer("mask_start", { min: 0n, max: 190n }, 30n);
  const maskEnd = fields.integer("mask_end", { min: 0n, max: 190n }, 190n);
  const inferenceSteps = fields.integer("num_inference_steps", { min: 4n, max: 8n }, 8n);
  const seed = fields.integer("seed", SEED_RANGE, null);
  const syncMode = fields.boolean("sync_mode", false);
  // Against the audio's own length the mask is checked once the audio is read.
  const maskIsSound = fields.faults.every(({ loc }) => loc[1] !== "mask_start" && loc[1] !== "mask_end");
  if (maskIsSound && maskEnd <= maskStart) {
    const message = `Input should be greater than ${maskStart}, where the mask starts`;
    fields.fault("mask_end", "greater_than", message, { ctx: { gt: maskStart }, input: maskEnd });
  }
  if (fields.faults.length > 0) throw new ModelError(fields.faults);
  return {
    prompt,
    audioUrl,
    maskStartSeconds: Number(maskStart),
    maskEndSeconds: Number(maskEnd),
    totalSeconds: total === null ? null : Number(total),
    guidanceScale,
    inferenceSteps: Number(inferenceSteps),
    seed: seed ?? BigInt(randomInt(DRAWN_SEED_LIMIT)),
    syncMode,
  };
}
