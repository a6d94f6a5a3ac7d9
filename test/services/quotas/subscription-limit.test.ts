import { expect, it } from "vitest";
import { SubscriptionLimit } from "../../../src/services/quotas/subscription-limit.js";
import { makeLimits } from "../../support/open-access.js";

it("takes watches up to the limit, and again when one has ended", () => {
  const subscriptions = new SubscriptionLimit(makeLimits({ perCaller: { SUBSCRIPTIONS: 2 } }));
  const end = subscriptions.take("a");
  subscriptions.take("a");

  expect(() => subscriptions.take("a")).toThrow(/^Your limit SUBSCRIPTIONS, 2, is reached/);
  subscriptions.take("b");
  end();
  subscriptions.take("a");
  expect([subscriptions.count("a"), subscriptions.count("b"), subscriptions.count(null)]).toEqual([2, 1, 3]);
});

it("counts all callers together, too, and nothing of what it refuses", () => {
  const subscriptions = new SubscriptionLimit(makeLimits({ total: { SUBSCRIPTIONS: 1 } }));
  const end = subscriptions.take("a");

  expect(() => subscriptions.take("b")).toThrow(/for all callers, 1, is reached/);
  end();
  expect([subscriptions.count("a"), subscriptions.count("b"), subscriptions.count(null)]).toEqual([0, 0, 0]);
});
