import { expect, it } from "vitest";
import { FalSigner } from "../../support/fal-signer.js";
import { freePort } from "../../support/free-port.js";
import { newPlace } from "../../support/open-store.js";
import { json, LiveStream, startScriptedUpstream } from "../../support/scripted-upstream.js";
import { startTestApp } from "../../support/start-test-app.js";
import { isSignedBy, publishedKeys, startReceiver } from "../../support/webhook-receiver.js";
import { acceptAll } from "../dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, STREAM, SUBMIT } from "../fal/fal-testkit.js";
import { PATIENTLY } from "./webhook-testkit.js";

it("two servers on one database: upstream calls the one, the other follows, and the receiver is told once", async () => {
  const upstream = await startScriptedUpstream();
  const signer = new FalSigner();
  signer.publishAt(upstream);
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STREAM, new LiveStream().reply);
  upstream.on(STATUS, json(202, { status: "IN_PROGRESS", logs: [] }));
  upstream.on(RESULT, json(200, OUTPUT));
  const otherPort = String(await freePort());
  const shared = {
    DATABASE_URL: await newPlace(),
    ENGINE_URL: upstream.url,
    PUBLIC_URL: `http://127.0.0.1:${otherPort}`,
  };
  const loopback = { outboundPolicy: { isAllowedAddress: (address: string) => address === "127.0.0.1" } };
  const port = String(await freePort());
  const one = await startTestApp({ ...shared, PORT: port }, { ...loopback, reachedAt: `http://127.0.0.1:${port}` });
  const receiver = await startReceiver();
  const { id } = await one.submit({}, { webhookUrl: receiver.url });
  await expect.poll(async () => (await one.find(id)).requestId, PATIENTLY).toBe("r1");
  const other = await startTestApp({ ...shared, PORT: otherPort }, loopback);

  upstream.on(STATUS, json(200, { status: "COMPLETED", logs: [] }));
  const { headers, body } = signer.deliver("r1");
  const url = upstream.seen(SUBMIT)[0]?.query.get("fal_webhook") ?? "";
  const answer = await fetch(url, { method: "POST", headers: headers as never, body: new Uint8Array(body) });
  const webhook = await receiver.arrivals.next();

  expect(answer.status).toBe(200);
  expect((await other.find(id)).status).toBe("COMPLETED");
  const keys = await publishedKeys(one.url);
  expect(isSignedBy(webhook, keys, Date.now() / 1_000)).toBe(true);
  expect(await publishedKeys(other.url)).toEqual(keys);
  await Promise.all([one.close(), other.close()]);
  expect(receiver.requests).toHaveLength(1);
});
