/**
 * The outcome of `work`, or a rejection as soon as `signal` fires: for what may take minutes and may be left undone. The
 * work itself goes on, and whatever comes of it is dropped.
 */
export function abandonOn<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(new DOMException("The server is closing.", "AbortError"));
    signal.addEventListener("abort", abandon, { once: true });
    if (signal.aborted) abandon();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abandon));
  });
}
