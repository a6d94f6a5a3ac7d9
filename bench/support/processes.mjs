// @ts-check
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/**
 * A program of this folder as a process of its own. It answers each message with one; its first says that it is ready.
 * @param {string} fileName
 * @param {string[]} programArguments
 */
export async function startWorker(fileName, ...programArguments) {
  const child = fork(fileURLToPath(new URL(fileName, import.meta.url)), programArguments);
  const answer = () =>
    new Promise((/** @type {(message: any) => void} */ resolve, reject) => {
      const onExit = () => reject(new Error(`${fileName} ended`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        resolve(message);
      });
    });
  const first = await answer();
  return {
    first,
    /** What it tells next by itself. */
    next: answer,
    /** @param {import("node:child_process").Serializable} message */
    ask(message) {
      child.send(message);
      return answer();
    },
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

// A worker ends with who started it, however that one ends.
process.once("disconnect", () => process.exit());

/** In the worker. @param {import("node:child_process").Serializable} message */
export function tellParent(message) {
  process.send?.(message);
}
