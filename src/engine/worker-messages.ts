import type { InpaintResult, InpaintTask } from "./inpainting/inpaint.js";

/** To a worker: one task, and where it reads and writes. So no large file passes through the main thread. */
export interface WorkerRequest extends Omit<InpaintTask, "bytes"> {
  /** The path of the audio file, or its bytes, which are transferred, not copied. */
  audio: string | Uint8Array;
  /** The file there is overwritten with the result. */
  resultPath: string;
}

/** A report of the work, as the inpainting engine gives it. */
export interface WorkReport {
  /** 0..1 */
  progress: number;
  message: string;
  level: "INFO" | "WARN";
}

/** A fault of the caller's audio or mask, to be told as an entry of fal's 422 `detail` list. */
export interface AudioFault {
  type: string;
  loc: readonly (string | number)[];
  message: string;
  ctx?: Record<string, unknown>;
}

/** From a worker: any number of reports, the first of them once the file is decoded, then exactly one of the others. */
export type WorkerReply =
  | { kind: "report"; report: WorkReport }
  | { kind: "result"; result: InpaintResult }
  | { kind: "audio-fault"; fault: AudioFault }
  | { kind: "crash"; message: string };
