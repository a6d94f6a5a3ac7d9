// @ts-check
import { millisecondsSince } from "./measure.mjs";
import { CALLER } from "./stores.mjs";

/**
 * Watches jobs whose log lines say when they came about.
 * @param {import("../../dist/services/feed/job-feed.js").JobFeed} feed
 * @param {string[]} jobIds
 * @returns {Promise<number[]>} latencies in milliseconds, filled as events come
 */
export async function watchAll(feed, jobIds) {
  /** @type {number[]} */
  const latencies = [];
  for (const jobId of jobIds) {
    const updates = await feed.watch(CALLER, jobId, null);
    await updates.next();
    void (async () => {
      for await (const { logs } of updates) {
        for (const { message } of logs) latencies.push(millisecondsSince(message));
      }
    })();
  }
  return latencies;
}
