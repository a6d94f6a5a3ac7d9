import { expect, it } from "vitest";
import { json } from "../../support/scripted-upstream.js";
import { acceptAll, HeldReply } from "../dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, SUBMIT } from "../fal/fal-testkit.js";
import { callbackUrl, openWebhooks, PATIENTLY, startSilentUpstream } from "./webhook-testkit.js";

const COMPLETED = json(200, { status: "COMPLETED", logs: [] });

async function openOne() {
  const test = await startSilentUpstream();
  test.upstream.on(RESULT, json(200, OUTPUT));
  const first = await openWebhooks(test);
  return { ...test, first, openSecond: () => openWebhooks(test, { place: first.place }) };
}

it("a webhook wakes the follower of its job on another instance", async () => {
  const { upstream, signer, first, openSecond } = await openOne();
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STATUS, json(202, { status: "IN_PROGRESS", logs: [] }));
  const { id } = await first.submit();
  await expect.poll(() => first.find(id), PATIENTLY).toMatchObject({ requestId: "r1" });
  // Started later, so that the job is the first one's.
  const second = await openSecond();
  upstream.on(STATUS, COMPLETED);

  expect(await second.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("ACCEPTED");

  await expect.poll(() => first.find(id), PATIENTLY).toMatchObject({ status: "COMPLETED" });
});

it("a webhook that reaches another instance before the submission is answered tells the request id", async () => {
  const { upstream, signer, first, openSecond } = await openOne();
  const held = new HeldReply();
  upstream.on(SUBMIT, held.reply);
  upstream.on(STATUS, COMPLETED);
  const { id } = await first.submit();
  await held.arrived;
  const second = await openSecond();

  for (const instance of [second, first]) {
    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("ACCEPTED");
  }
  expect(await second.find(id)).toMatchObject({ submission: "SUBMITTED", requestId: "r1" });
  held.release(json(200, { request_id: "r1" }));

  await expect.poll(() => first.find(id), PATIENTLY).toMatchObject({ status: "COMPLETED" });
  expect(upstream.seen(SUBMIT)).toHaveLength(1);
});
