// @ts-check
// Another instance: watches the jobs it is given, then reports.
import { tellParent } from "./processes.mjs";
import { openDatabase, openFeed } from "./stores.mjs";
import { watchAll } from "./watching.mjs";

const { feed } = openFeed(await openDatabase(process.argv[2] ?? ""));
/** @type {number[]} */
let latencies = [];

process.on("message", async (/** @type {string[] | "report"} */ message) => {
  if (message === "report") return tellParent(latencies);
  latencies = await watchAll(feed, message);
  tellParent("watching");
});
tellParent("ready");
