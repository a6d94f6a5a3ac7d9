import { expect, test } from "vitest";
import { UndecodableError } from "../../../src/services/fal/decode.js";
import { FalQueue } from "../../../src/services/fal/fal-queue.js";
import { ForbiddenHostError, falHosts, localHosts } from "../../../src/services/fal/hosts.js";
import { makeJob } from "../../support/make-job.js";
import { json, text } from "../../support/scripted-upstream.js";
import { CANCEL, HISTORY, OUTPUT, RESULT, STATUS, STREAM, SUBMIT, startQueue } from "./fal-testkit.js";

const KEY = "key-id:key-secret";

test.each([
  "https://queue.fal.run/fal-ai/stable-audio-25/inpaint",
  "https://rest.fal.ai/storage/upload/initiate",
  "https://api.fal.ai/v1/models/requests/by-endpoint?limit=1",
  "https://QUEUE.fal.run:443/a",
])("fal's API host gets the key: %s", (url) => {
  const target = falHosts(KEY).resolve(url);

  expect(target.authorization).toBe(`Key ${KEY}`);
  expect(target.url.href).toBe(new URL(url).href);
});

test.each([
  "https://v3.fal.media/files/a",
  "https://v3b.fal.media/files/b/a?signature=1",
  "https://fal.media/files/a",
  "https://storage.googleapis.com/falserverless/a",
])("fal's storage is reached without the key: %s", (url) => {
  expect(falHosts(KEY).resolve(url).authorization).toBeNull();
});

test.each([
  "https://evilfal.ai/a",
  "https://fal.ai/a",
  "https://fal.run/a",
  "https://queue.fal.run.evil.com/a",
  "https://queue.fal.run@evil.com/a",
  "https://evil.com/queue.fal.run",
  "https://evil.com#queue.fal.run",
  "https://xqueue.fal.run/a",
  "https://a.queue.fal.run/a",
  "https://queue.fal.run./a",
  "https://evilfal.media/a",
  "https://fal.media.evil.com/a",
  "https://a.storage.googleapis.com/a",
  "https://storage.googleapis.com/somebodys-bucket/a",
  "https://user@v3.fal.media/a",
  "https://queue.fal.run:8443/a",
  "https://v3.fal.media:8443/a",
  "http://queue.fal.run/a",
  "http://v3.fal.media/a",
  "ws://queue.fal.run/a",
  "file:///etc/passwd",
  "http://127.0.0.1/a",
  "https://[::1]/a",
  "not a URL",
  "",
])("nothing else is contacted: %s", (url) => {
  expect(() => falHosts(KEY).resolve(url)).toThrow(ForbiddenHostError);
});

test.each([
  ["https://v3b.fal.media/files/b/a.wav", true],
  ["https://fal.media/a.wav", true],
  ["https://storage.googleapis.com/falserverless/a.wav", true],
  ["https://storage.googleapis.com/elsewhere/a.wav", false],
  ["http://v3b.fal.media/files/b/a.wav", false],
  ["https://v3b.fal.media:8443/a.wav", false],
  ["https://user:word@v3b.fal.media/a.wav", false],
  ["https://evilfal.media/a.wav", false],
  ["https://queue.fal.run/a.wav", false],
  ["https://evil.example/a.wav", false],
  ["http://127.0.0.1/a.wav", false],
  ["data:audio/wav;base64,AAAA", false],
  ["javascript:alert(1)", false],
  ["https://v3b.fal.media\\@evil.example/a.wav", false],
  ["https://v3b.fal.media/a\n.wav", false],
  ["not a URL", false],
])("a file that fal names at %s is handed on: %j", (url, expected) => {
  expect(falHosts(KEY).isFileUrl(url)).toBe(expected);
});

test.each([
  ["http://127.0.0.1:4100/files/a", true],
  ["http://localhost:4100/files/a", true],
  ["http://127.0.0.1:9999/files/a", true],
  ["https://public.example/punchin/files/a", true],
  ["https://v3b.fal.media/files/b/a.wav", true],
  ["http://public.example/files/a", false],
  ["https://127.0.0.1:4100/files/a", false],
  ["http://user@127.0.0.1:4100/files/a", false],
  ["http://169.254.169.254/latest", false],
  ["https://evil.example/a.wav", false],
  ["http://127.0.0.1:4100\\@evil.example/a", false],
  ["nonsense", false],
])("a file that an engine on this machine names at %s is handed on: %j", (url, expected) => {
  const hosts = localHosts({ engineUrl: "http://127.0.0.1:4100", publicUrl: "https://public.example/punchin" });

  expect(hosts.isFileUrl(url)).toBe(expected);
});

test("an engine elsewhere has its files there, not on this machine", () => {
  const hosts = localHosts({ engineUrl: "https://engine.example/base", publicUrl: null });

  expect(hosts.isFileUrl("https://engine.example/files/a")).toBe(true);
  expect(hosts.isFileUrl("http://127.0.0.1:4100/files/a")).toBe(false);
});

test("a refused URL is not told in full: it may hold a signature", () => {
  expect(() => falHosts(KEY).resolve("https://evil.com/a?signature=s3cret")).toThrow(/^(?!.*s3cret)/);
});

test.each([
  ["https://queue.fal.run/a/b?c=d", "http://engine:1234/a/b?c=d"],
  ["https://rest.fal.ai/storage", "http://engine:1234/storage"],
  ["https://api.fal.ai/v1/x", "http://engine:1234/v1/x"],
  ["http://engine:1234/files/a", "http://engine:1234/files/a"],
  ["https://public.example/files/a?s=1", "http://engine:1234/files/a?s=1"],
])("an engine in fal's place answers for %s without ever seeing a key", (url, expected) => {
  const hosts = localHosts({ engineUrl: "http://engine:1234", publicUrl: "https://public.example" });

  const target = hosts.resolve(url);

  expect(target.url.href).toBe(expected);
  expect(target.authorization).toBeNull();
});

test("an engine under a path keeps it, once", () => {
  const hosts = localHosts({ engineUrl: "http://host/base/", publicUrl: null });

  expect(hosts.resolve("https://queue.fal.run/a?b=c").url.href).toBe("http://host/base/a?b=c");
  expect(hosts.resolve("http://host/base/files/a").url.href).toBe("http://host/base/files/a");
});

test.each([
  "https://v3.fal.media/files/a",
  "https://evil.com/a",
  "http://engine:4321/a",
  "https://engine:1234/a",
  "http://engine.evil.com:1234/a",
  "http://queue.fal.run/a",
  "nonsense",
])("with an engine nothing else is contacted: %s", (url) => {
  const hosts = localHosts({ engineUrl: "http://engine:1234", publicUrl: null });

  expect(() => hosts.resolve(url)).toThrow(ForbiddenHostError);
});

test("every call to fal's API carries the key, and the upload itself does not", async () => {
  const { upstream } = await startQueue();
  const hosts = falHosts(KEY);
  const queue = new FalQueue({
    ...hosts,
    resolve(url) {
      const { url: target, authorization } = hosts.resolve(url);
      return { url: new URL(`${target.pathname}${target.search}`, upstream.url), authorization };
    },
    isFileUrl: hosts.isFileUrl,
  });
  upstream.on(SUBMIT, json(200, { request_id: "r1" }));
  upstream.on(STATUS, json(202, { status: "IN_QUEUE" }));
  upstream.on(RESULT, json(200, OUTPUT));
  upstream.on(CANCEL, json(202, {}));
  upstream.on(HISTORY, json(200, { items: [] }));
  upstream.on(
    "POST /storage/upload/initiate",
    json(200, { upload_url: "https://v3b.fal.media/put", file_url: "https://v3b.fal.media/a" }),
  );
  upstream.on("PUT /put", text(200, "text/plain", ""));

  await queue.submit(makeJob().input, { priority: "NORMAL", startTimeoutSeconds: 60 });
  await queue.status("r1");
  await queue
    .streamStatus("r1", new AbortController().signal)
    .next()
    .catch(() => {});
  await queue.result("r1", 0n);
  await queue.cancel("r1");
  await queue.requestsSince(0);
  const url = await queue.storage.upload(new File(["abc"], "a.wav", { type: "audio/wav" }));
  await queue.close();

  expect(url).toBe("https://v3b.fal.media/a");
  const keys = upstream.requests.map(({ route, headers }) => [route, headers.authorization]);
  const own = [SUBMIT, STATUS, STREAM, RESULT, CANCEL, HISTORY, "POST /storage/upload/initiate"];
  expect(keys).toEqual([...own.map((route) => [route, `Key ${KEY}`]), ["PUT /put", undefined]]);
  expect(upstream.seen("PUT /put")[0]?.body).toBe("abc");
});

test("an upload address elsewhere is not followed", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(
    "POST /storage/upload/initiate",
    json(200, { upload_url: "http://127.0.0.1:1/put", file_url: "https://v3b.fal.media/a" }),
  );

  await expect(queue.storage.upload(new File(["abc"], "a.wav"))).rejects.toThrow(ForbiddenHostError);
});

test("a file that would lie elsewhere is not told on", async () => {
  const { upstream, queue } = await startQueue();
  const file_url = "https://evil.example/a";
  upstream.on("POST /storage/upload/initiate", json(200, { upload_url: `${upstream.url}/put`, file_url }));
  upstream.on("PUT /put", text(200, "text/plain", "stored"));

  await expect(queue.storage.upload(new File(["abc"], "a.wav"))).rejects.toThrow(UndecodableError);
});
