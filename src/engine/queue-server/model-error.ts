/** One entry of fal's `detail` list (fal docs, "Errors"); `loc` starts with "body". */
export interface ErrorDetail {
  loc: (string | number)[];
  msg: string;
  type: string;
  url: string;
  ctx?: Record<string, unknown>;
  input?: unknown;
}

/** What the model itself refuses, told with HTTP 422: the caller can put it right, trying again does not help. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly statusCode = 422;

  constructor(readonly detail: ErrorDetail[]) {
    super(detail.map((entry) => entry.msg).join("; "));
  }
}

/** Longer values are left out of `input`: a refused data URI would be sent back whole. */
const MAX_INPUT_CHARACTERS = 500;

/** One detail entry. `input` is the offending value; it is left out when it is a long string or not given. */
export function errorDetail(
  type: string,
  loc: readonly (string | number)[],
  message: string,
  extra: { ctx?: Record<string, unknown>; input?: unknown } = {},
): ErrorDetail {
  const detail: ErrorDetail = { loc: [...loc], msg: message, type, url: `https://docs.fal.ai/errors#${type}` };
  if (extra.ctx !== undefined) detail.ctx = extra.ctx;
  const tooLong = typeof extra.input === "string" && extra.input.length > MAX_INPUT_CHARACTERS;
  if (extra.input !== undefined && !tooLong) detail.input = extra.input;
  return detail;
}

/** The file behind `audio_url` can't be had (fal docs, "Errors": file_download_error). */
export function downloadError(audioUrl: string, reason: string): ModelError {
  const message = `Failed to download the audio file: ${reason}`;
  return new ModelError([errorDetail("file_download_error", ["body", "audio_url"], message, { input: audioUrl })]);
}

/** The file behind `audio_url` is larger than the engine reads. */
export function fileTooLargeError(audioUrl: string, maxBytes: number): ModelError {
  const message = `The audio file is too large: at most ${maxBytes} bytes are read`;
  const extra = { ctx: { max_size: maxBytes }, input: audioUrl };
  return new ModelError([errorDetail("file_too_large", ["body", "audio_url"], message, extra)]);
}
