/** Gives a task to a thread of its own, which ends with its first answer. */
export function runInWorker<Answer>(worker: Worker, task: unknown, handedOver: readonly Float32Array<ArrayBuffer>[]) {
  return new Promise<Answer>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => {
      worker.terminate();
      reject(new Error(event.message));
    };
    worker.postMessage(
      task,
      handedOver.map(({ buffer }) => buffer),
    );
  });
}
