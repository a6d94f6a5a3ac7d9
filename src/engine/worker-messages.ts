import type { InpaintResult, InpaintTask } from "./inpainting/inpaint.js";

/** To a worker: one task. The bytes are transferred, not copied. */
export type WorkerRequest = InpaintTask;

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
