/** A submit that is refused because too many requests wait. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
}

/** Why a run was aborted: its caller wanted it. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";
}

/** A model's runner was lost and the request goes back into the queue, as fal's own retries do. */
export class RunnerLostError extends Error {
  override readonly name = "RunnerLostError";
}

/** Why a run was aborted: the engine stops, the request starts again with it. */
export class ShutdownError extends Error {
  override readonly name = "ShutdownError";
}
