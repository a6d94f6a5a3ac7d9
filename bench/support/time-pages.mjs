// @ts-check
import { millisecondsSince, nowNanoseconds, percentile, rounded } from "./measure.mjs";
import { startServer } from "./server.mjs";

const PAGES = 200;
const NOWHERE = "http://127.0.0.1:9";
const QUERY = `query ($after: String, $filter: InpaintJobFilter) {
  inpaintJobs(first: 50, after: $after, filter: $filter) { nodes { id status createdAt finishedAt input { prompt } } pageInfo { endCursor } }
}`;

/**
 * How long pages of 50 jobs take over HTTP, of a history as history-filler.mjs makes it.
 * @param {string} place a folder, or a URL of PostgreSQL's
 * @param {number} jobCount how many are stored there
 */
export async function timePages(place, jobCount) {
  const server = await startServer(place, NOWHERE);
  const middle = Buffer.from(JSON.stringify(["list", Date.now() - (jobCount / 2) * 1_000, "z"])).toString("base64url");
  /** @param {{ after?: string, filter?: { status: string[] } }} variables */
  const time = async (variables) => {
    /** @type {number[]} */
    const latencies = [];
    for (let page = 0; page < 2 * PAGES; page += 1) {
      const askedAt = nowNanoseconds();
      const { inpaintJobs } = await server.run(QUERY, variables);
      if (inpaintJobs.nodes.length !== 50 && !variables.filter) throw new Error("The page is not full.");
      latencies.push(millisecondsSince(askedAt));
    }
    const warm = latencies.slice(PAGES);
    return { p50: percentile(warm, 0.5), p99: percentile(warm, 0.99) };
  };
  const times = {
    "newest page": await time({}),
    "middle page": await time({ after: middle }),
    "of one job in 5,000": await time({ filter: { status: ["FAILED"] } }),
  };
  await server.stop();
  return times;
}

/** As cells of a table. @param {Awaited<ReturnType<typeof timePages>>} times */
export function pageCells(times) {
  return Object.fromEntries(
    Object.entries(times).map(([name, { p50, p99 }]) => [`${name}, p50 / p99 ms`, `${rounded(p50)} / ${rounded(p99)}`]),
  );
}
