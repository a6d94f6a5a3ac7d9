import type { SubmitInput, SubmitOptions, UserErrorCode, UserFault } from "../services.js";
import { checkWebhookUrl } from "../webhooks/check-webhook-url.js";
import { checkAudioUrl } from "./audio-url.js";

/** The model's documented ranges, both ends included. */
export const RANGES = {
  secondsTotal: { from: 1, to: 190, unit: "seconds" },
  guidanceScale: { from: 1, to: 25, unit: "" },
  maskStart: { from: 0, to: 190, unit: "seconds" },
  maskEnd: { from: 0, to: 190, unit: "seconds" },
  numInferenceSteps: { from: 4, to: 8, unit: "" },
} as const;

const START_TIMEOUT_SECONDS = { from: 2, to: 86_400 };
const MAX_PROMPT_CHARACTERS = 4_000;
const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;
const INT64 = { from: -(2n ** 63n), to: 2n ** 63n - 1n };

/**
 * Everything that can be known to be wrong with a submission before anything is sent, all of it at once. An empty list
 * means: go ahead. Words say what was expected, what came, what to do.
 */
export function checkSubmission(
  input: SubmitInput,
  options: SubmitOptions,
  limits: { maxDataUriBytes: number; isAllowedAddress: (address: string) => boolean },
): UserFault[] {
  return [
    ...checkPrompt(input.prompt),
    ...checkAudioUrl(input.audioUrl, limits.maxDataUriBytes),
    ...checkRanges(input),
    ...checkMask(input),
    ...checkSeed(input.seed),
    ...checkOptions(options, limits.isAllowedAddress),
  ];
}

/** The mask's last second: a mask end beyond the total length means the total length, where it is known. */
export function effectiveMaskEnd(input: Pick<SubmitInput, "maskEnd" | "secondsTotal">): number {
  return input.secondsTotal === null ? input.maskEnd : Math.min(input.maskEnd, input.secondsTotal);
}

function checkPrompt(prompt: string): UserFault[] {
  if (prompt.replace(/[\s\p{Cc}\p{Cf}]/gu, "") === "") {
    return [fault("INVALID", ["prompt"], "The prompt is blank. Describe the music that the masked span should have.")];
  }
  const length = [...prompt].length;
  if (length <= MAX_PROMPT_CHARACTERS) return [];
  return [
    fault(
      "OUT_OF_RANGE",
      ["prompt"],
      `The prompt may have at most ${MAX_PROMPT_CHARACTERS} characters, got ${length}. Shorten it.`,
    ),
  ];
}

function checkRanges(input: SubmitInput): UserFault[] {
  return Object.entries(RANGES).flatMap(([name, { from, to, unit }]) => {
    const value = input[name as keyof typeof RANGES];
    if (value === null || (value >= from && value <= to)) return [];
    const expected = `${from} to ${to}${unit && ` ${unit}`}`;
    return [
      fault("OUT_OF_RANGE", [name], `Expected ${name} to be ${expected}, got ${value}. Choose a value in that range.`),
    ];
  });
}

/** Only what is certain: a mask end beyond the total length means the total length. */
function checkMask(input: SubmitInput): UserFault[] {
  const { maskStart, maskEnd, secondsTotal } = input;
  if (maskStart >= maskEnd) {
    return [
      fault(
        "MASK_INVALID",
        ["maskEnd"],
        `Expected maskEnd to be after maskStart (${maskStart} s), got ${maskEnd} s. Choose a later maskEnd or an earlier maskStart.`,
      ),
    ];
  }
  if (secondsTotal !== null && maskStart >= secondsTotal) {
    return [
      fault(
        "MASK_INVALID",
        ["maskStart"],
        `The mask starts at ${maskStart} s, but the result is ${secondsTotal} s long. Choose a maskStart below ${secondsTotal}, or a longer secondsTotal.`,
      ),
    ];
  }
  return [];
}

function checkSeed(seed: bigint | null): UserFault[] {
  if (seed === null || (seed >= INT64.from && seed <= INT64.to)) return [];
  return [
    fault(
      "OUT_OF_RANGE",
      ["seed"],
      `Expected seed to fit in 64 bits, got ${seed}. Choose a smaller one, or leave it out.`,
    ),
  ];
}

function checkOptions(options: SubmitOptions, isAllowedAddress: (address: string) => boolean): UserFault[] {
  const faults: UserFault[] = [];
  const { idempotencyKey, webhookUrl, startTimeoutSeconds } = options;
  // Lone surrogates and control characters are not kept apart by every store.
  if (idempotencyKey !== null && /[\p{Cc}\p{Cs}]/u.test(idempotencyKey)) {
    faults.push(
      fault(
        "INVALID",
        ["options", "idempotencyKey"],
        "The idempotency key holds control characters or broken Unicode. Use printable text; a UUID serves well.",
      ),
    );
  }
  if (
    idempotencyKey !== null &&
    (idempotencyKey.trim() === "" || idempotencyKey.length > MAX_IDEMPOTENCY_KEY_CHARACTERS)
  ) {
    faults.push(
      fault(
        "INVALID",
        ["options", "idempotencyKey"],
        `Expected an idempotency key of 1 to ${MAX_IDEMPOTENCY_KEY_CHARACTERS} characters, got ${idempotencyKey.length === 0 ? "an empty one" : idempotencyKey.trim() === "" ? "a blank one" : idempotencyKey.length}. A UUID serves well.`,
      ),
    );
  }
  if (webhookUrl !== null) faults.push(...checkWebhookUrl(webhookUrl, isAllowedAddress));
  const { from, to } = START_TIMEOUT_SECONDS;
  if (startTimeoutSeconds !== null && (startTimeoutSeconds < from || startTimeoutSeconds > to)) {
    faults.push(
      fault(
        "OUT_OF_RANGE",
        ["options", "startTimeout"],
        `Expected startTimeout to be ${from} to ${to} seconds, got ${startTimeoutSeconds}. Choose a value in that range, or leave it out.`,
      ),
    );
  }
  return faults;
}

function fault(code: UserErrorCode, field: string[], message: string): UserFault {
  return { code, field, message };
}
