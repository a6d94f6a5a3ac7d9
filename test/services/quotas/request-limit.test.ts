import { expect, inject, it } from "vitest";
import { RateLimitedError } from "../../../src/errors.js";
import { makeLimits } from "../../support/open-access.js";
import { newPlace } from "../../support/open-store.js";
import { openQuotas, START } from "./quota-testkit.js";

it("takes the requests of a minute, tells what is left, and then refuses", async () => {
  const { quotas, used } = await openQuotas(makeLimits({ perCaller: { REQUESTS_PER_MINUTE: 2 } }));
  const { requests } = quotas;

  expect(await requests.count("anonymous")).toMatchObject({ limit: 2, remaining: 1 });
  expect(await requests.count("anonymous")).toMatchObject({ limit: 2, remaining: 0 });
  const refusal = await requests.count("anonymous").catch((error: unknown) => error);

  expect(refusal).toBeInstanceOf(RateLimitedError);
  expect(refusal).toMatchObject({
    code: "RATE_LIMITED",
    limit: 2,
    message: expect.stringMatching(/^Your limit REQUESTS_PER_MINUTE, 2, is reached\. Try again in \d+ s\.$/),
    extensions: { retryAfter: expect.any(Number) },
  });
  const { retryAfterSeconds } = refusal as RateLimitedError;
  expect(retryAfterSeconds).toBeGreaterThan(0);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  expect((await requests.count("somebody else"))?.remaining).toBe(1);
  const use = (await used()).REQUESTS_PER_MINUTE;
  expect(use).toMatchObject({ limit: 2, used: 2 });
  expect((use?.resetsAt ?? 0) - START).toBeLessThanOrEqual(60_000);
});

it("counts all callers together, too", async () => {
  const { quotas } = await openQuotas(makeLimits({ total: { REQUESTS_PER_MINUTE: 2 } }));
  await quotas.requests.count("a");
  expect(await quotas.requests.count("b")).toMatchObject({ limit: 2, remaining: 0 });

  await expect(quotas.requests.count("c")).rejects.toThrow(/^This server's limit REQUESTS_PER_MINUTE for all callers/);
});

it("counts nothing where there is no limit", async () => {
  const { quotas, database } = await openQuotas(makeLimits());

  expect(await quotas.requests.count("a")).toBeNull();
  expect(await database.query("SELECT * FROM request_count")).toEqual([]);
});

it("lets no rush past on all instances together", async () => {
  const place = await newPlace();
  const limits = makeLimits({ perCaller: { REQUESTS_PER_MINUTE: 10 } });
  const first = await openQuotas(limits, place);
  const second = inject("postgresUrl") === null ? first : await openQuotas(limits, place);

  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? first : second).quotas.requests.count("anonymous")),
  );

  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
});
