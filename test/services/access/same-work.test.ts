import { expect, it, onTestFinished } from "vitest";
import { createServices } from "../../../src/services/create-services.js";
import type { Caller } from "../../../src/services/job.js";
import type { PageRequest, Services } from "../../../src/services/services.js";
import type { Database, Query } from "../../../src/services/store/database.js";
import { JobStore } from "../../../src/services/store/job-store.js";
import { guardedLogger } from "../../support/log-guard.js";
import { insertJob, makeInput, makeOptions } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";
import { SETTINGS } from "../../support/service-settings.js";
import { startQueue } from "../fal/fal-testkit.js";

const ALICE: Caller = { id: "key:alice" };
const BOB: Caller = { id: "key:bob" };
const NO_FILTER = { status: null, requestId: null, createdAfter: null, createdBefore: null };

/** What somebody can do with a name that they were not given. */
const GUESSES: Readonly<Record<string, (services: Services, name: string, caller: Caller) => Promise<unknown>>> = {
  "a job's id": (services, id, caller) => services.findJob(caller, id),
  "a job's id, to cancel it": (services, id, caller) => services.cancelJob(caller, id),
  "a job's id, to watch it": (services, id, caller) => services.watchJob(caller, id, null),
  "a job's id, to have a watch token": (services, id, caller) => services.createWatchToken(caller, id, 60),
  "a request's id": (services, requestId, caller) =>
    services.listJobs(caller, page({ filter: { ...NO_FILTER, requestId } })),
  "an idempotency key": (services, idempotencyKey, caller) =>
    services.submitJob(caller, makeInput(), makeOptions({ idempotencyKey })),
};

function page(overrides: Partial<PageRequest>): PageRequest {
  return { first: 10, after: null, last: null, before: null, filter: NO_FILTER, ...overrides };
}

/** The services over a database that notes every statement. */
async function openServices() {
  const { database } = await openStore();
  const { queue } = await startQueue();
  const statements: string[] = [];
  const noting =
    (query: Query): Query =>
    (sql, parameters) => {
      statements.push(sql);
      return query(sql, parameters);
    };
  const noted: Database = {
    ...database,
    query: noting(database.query),
    transaction: (work) => database.transaction((query) => work(noting(query))),
  };
  const services = createServices({
    database: noted,
    queue,
    logger: guardedLogger,
    clock: Date.now,
    outboundPolicy: {},
    baseUrl: () => "",
    settings: SETTINGS,
  });
  onTestFinished(() => services.close());
  return { services, statements, store: new JobStore(database, () => {}) };
}

it.each(Object.entries(GUESSES))(
  "%s that is another caller's costs the database the same work, and gets the same answer, as one that is nobody's",
  async (kind, guess) => {
    const { services, statements, store } = await openServices();
    const { id } = await insertJob(store, { callerId: ALICE.id }, { idempotencyKey: "alice's" });
    const names = kind === "an idempotency key" ? ["alice's", "nobody's"] : [id, id.replace(/^./, "f")];
    // What is made once, such as a signing key, is there from now on.
    const attempt = async (name: string) => {
      statements.length = 0;
      const answer = await guess(services, name, BOB).catch((error: unknown) => error);
      return { answer: withoutNames(answer, names), statements: [...statements] };
    };
    await attempt("before");

    const [theirs, nobodys] = [await attempt(names[0] ?? ""), await attempt(names[1] ?? "")];

    expect(theirs).toEqual(nobodys);
    expect(theirs.statements.length).toBeGreaterThan(0);
  },
);

/** As text, in which what was named, drawn or made anew looks the same. */
function withoutNames(answer: unknown, names: readonly string[]): string {
  const text = JSON.stringify(answer instanceof Error ? { error: answer.message } : answer, (_key, value) =>
    typeof value === "bigint" || typeof value === "number" ? "a number" : value,
  );
  return names
    .reduce((current, name) => (current ?? "").replaceAll(name, "the name"), text ?? "undefined")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "an id");
}
