import type { InpaintAudioInput, RunInputFragment } from "../gql/graphql";
import type { Mask } from "../mask/mask";

/** What a run is asked for besides the recording, as the form holds it. */
export interface Settings {
  readonly prompt: string;
  readonly mask: Mask;
  /** Digits, as seeds go beyond 2^53; blank: a new one each time. */
  readonly seed: string;
  readonly steps: number;
  readonly guidance: number;
  /** Seconds; blank: as long as the recording. */
  readonly length: string;
}

export const MAX_PROMPT = 4_000;
export const INITIAL_SETTINGS: Settings = {
  prompt: "",
  mask: { start: 0, end: 1 },
  seed: "",
  steps: 8,
  guidance: 1,
  length: "",
};

export function settingsOf(input: RunInputFragment["input"]): Settings {
  return {
    prompt: input.prompt,
    mask: { start: input.maskStart, end: input.maskEnd },
    seed: "",
    steps: input.numInferenceSteps,
    guidance: input.guidanceScale,
    length: input.secondsTotal === null ? "" : String(input.secondsTotal),
  };
}

export function toInput(settings: Settings, audioUrl: string): InpaintAudioInput {
  return {
    prompt: settings.prompt,
    audioUrl,
    maskStart: settings.mask.start,
    maskEnd: settings.mask.end,
    guidanceScale: settings.guidance,
    numInferenceSteps: settings.steps,
    ...(settings.seed === "" ? {} : { seed: settings.seed }),
    ...(settings.length === "" ? {} : { secondsTotal: Number(settings.length) }),
  };
}
