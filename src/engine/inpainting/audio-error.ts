/** The subset of fal's 422 vocabulary that this engine can answer with. */
export type AudioErrorType =
  | "unsupported_audio_format"
  | "audio_duration_too_long"
  | "audio_duration_too_short"
  | "file_download_error"
  | "greater_than"
  | "greater_than_equal"
  | "less_than"
  | "less_than_equal"
  | "value_error";

/**
 * What the caller can put right: the file or the mask is not usable. Carries one entry of fal's 422 `detail[]`
 * (`type`, `loc`, `ctx`; `message` is its `msg`). Anything else thrown by the engine is a bug.
 */
export class AudioError extends Error {
  override readonly name = "AudioError";

  constructor(
    readonly type: AudioErrorType,
    readonly loc: readonly string[],
    message: string,
    readonly ctx: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
