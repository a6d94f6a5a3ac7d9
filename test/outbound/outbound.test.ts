import { describe, expect, it, onTestFinished } from "vitest";
import {
  type HostAddress,
  Outbound,
  OutboundError,
  type OutboundPolicy,
  type OutboundRequest,
  readWhole,
} from "../../src/outbound/outbound.js";
import { serveHttp } from "../support/serve-http.js";

const LOOPBACK_ALLOWED = { isAllowedAddress: (address: string) => address === "127.0.0.1" };

function open(policy: OutboundPolicy = LOOPBACK_ALLOWED): Outbound {
  const outbound = new Outbound(policy);
  onTestFinished(() => outbound.close());
  return outbound;
}

/** Status and text of an answer. */
function get(url: string, policy?: OutboundPolicy, options: Partial<OutboundRequest> = {}) {
  return open(policy).exchange(url, { timeoutMs: 5_000, ...options }, async (response) => ({
    status: response.status,
    text: Buffer.from(await readWhole(response, 1_000)).toString(),
  }));
}

async function faultOf(exchange: Promise<unknown>): Promise<OutboundError> {
  const error = await exchange.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OutboundError);
  return error as OutboundError;
}

/** Answers to look-ups, one each; the last one stays. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const resolveHost = async (hostname: string): Promise<HostAddress[]> => {
    asked.push(hostname);
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return { asked, resolveHost };
}

describe("a request to an address that a stranger named", () => {
  it.each([
    ["http://127.0.0.1:1/a"],
    ["http://127.1:1/a"],
    ["http://0x7f000001:1/a"],
    ["http://2130706433:1/a"],
    ["http://0177.0.0.1:1/a"],
    ["http://localhost:1/a"],
    ["http://[::1]:1/a"],
    ["http://[::ffff:127.0.0.1]:1/a"],
    ["http://[64:ff9b::7f00:1]:1/a"],
    ["http://[::]:1/a"],
    ["http://0.0.0.0:1/a"],
    ["http://169.254.169.254/latest/meta-data"],
    ["http://[fd00:ec2::254]/latest"],
    ["http://192.168.0.1/"],
    ["http://100.64.0.1/"],
  ])("is refused without connecting: %s", async (url) => {
    expect(await faultOf(get(url, {}))).toMatchObject({
      fault: "not-public",
      message: "its host is not on the public internet",
    });
  });

  it.each([
    ["ftp://example.com/a.wav", /only http and https/],
    ["file:///etc/passwd", /only http and https/],
    ["not a url", /not a valid URL/],
    ["http://user:password@example.com/a.wav", /user name or password/],
  ])("is refused for the form of its URL: %s", async (url, words) => {
    const { fault, message } = await faultOf(get(url));
    expect(fault).toBe("bad-url");
    expect(message).toMatch(words);
  });

  it("is refused when any of a name's addresses is not allowed", async () => {
    const url = await serveHttp((_request, response) => response.end("x"));
    const { resolveHost } = resolver(["127.0.0.1", "10.0.0.1"]);
    const named = url.replace("127.0.0.1", "mixed.example");

    expect(await faultOf(get(named, { ...LOOPBACK_ALLOWED, resolveHost }))).toMatchObject({ fault: "not-public" });
  });

  it("goes to the address that was checked, though the name leads elsewhere a moment later", async () => {
    const url = await serveHttp((request, response) => response.end(request.headers.host));
    const named = url.replace("127.0.0.1", "rebinding.example");
    const { asked, resolveHost } = resolver(["127.0.0.1"], ["10.0.0.1"]);
    const outbound = open({ ...LOOPBACK_ALLOWED, resolveHost });
    const status = () => outbound.exchange(named, { timeoutMs: 5_000 }, async (response) => response.status);

    expect(await status()).toBe(200);
    expect(asked).toEqual(["rebinding.example"]);
    // A connection of its own asks again, and is refused.
    expect(await faultOf(get(named, { ...LOOPBACK_ALLOWED, resolveHost }))).toMatchObject({ fault: "not-public" });
    expect(asked).toEqual(["rebinding.example", "rebinding.example"]);
  });

  it("leads nowhere when the name has no address or is unknown", async () => {
    const { resolveHost } = resolver([]);
    const unknown = async () => {
      throw Object.assign(new Error("inner words"), { code: "ENOTFOUND" });
    };

    expect(await faultOf(get("http://empty.example/", { resolveHost }))).toMatchObject({ fault: "not-public" });
    expect(await faultOf(get("http://unknown.example/", { resolveHost: unknown }))).toMatchObject({
      fault: "unreachable",
      message: "its host name is unknown",
    });
  });

  it("follows as many redirects as allowed and not one more", async () => {
    const url = await serveHttp((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });

    expect(await get(`${url}/3`, LOOPBACK_ALLOWED, { maxRedirects: 3 })).toEqual({ status: 200, text: "there" });
    expect(await faultOf(get(`${url}/4`, LOOPBACK_ALLOWED, { maxRedirects: 3 }))).toMatchObject({
      fault: "too-many-redirects",
      message: "more than 3 redirects",
    });
    expect(await get(`${url}/1`)).toMatchObject({ status: 302 });
  });

  it.each([
    ["http://127.0.0.2:1/secret", "not-public"],
    ["http://[::1]:1/secret", "not-public"],
    ["http://inner.example/secret", "not-public"],
    ["file:///etc/passwd", "bad-url"],
    ["http://a:b@127.0.0.1/", "bad-url"],
    ["http://", "bad-url"],
  ])("checks a redirect to %s anew", async (location, fault) => {
    const url = await serveHttp((_request, response) => response.writeHead(302, { location }).end());
    const { resolveHost } = resolver(["10.0.0.1"]);

    expect(await faultOf(get(url, { ...LOOPBACK_ALLOWED, resolveHost }, { maxRedirects: 3 }))).toMatchObject({ fault });
  });

  it("sends a body with its headers, and hands out any status", async () => {
    const url = await serveHttp((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => {
        response.writeHead(410).end(`${request.method} ${request.headers["x-a"]} ${text}`);
      });
    });

    const answer = await get(url, LOOPBACK_ALLOWED, { method: "POST", headers: { "x-a": "1" }, body: "{}" });

    expect(answer).toEqual({ status: 410, text: "POST 1 {}" });
  });

  it("bounds body and headers in size", async () => {
    const announced = await serveHttp((_request, response) => response.setHeader("content-length", 2_000).end("x"));
    const streamed = await serveHttp((_request, response) => {
      const timer = setInterval(() => response.write("x".repeat(600)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const headers = await serveHttp((_request, response) => response.setHeader("x-a", "a".repeat(20_000)).end());

    for (const url of [announced, streamed]) expect(await faultOf(get(url))).toMatchObject({ fault: "too-large" });
    expect(await faultOf(get(headers))).toMatchObject({ fault: "unreachable" });
  });

  it("bounds the time of a server that never answers, trickles, or whose name is never found", async () => {
    const silent = await serveHttp(() => {});
    const trickling = await serveHttp((_request, response) => {
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    });
    const nameless = { resolveHost: () => new Promise<never>(() => {}) };

    for (const exchange of [
      get(silent, LOOPBACK_ALLOWED, { timeoutMs: 200 }),
      get(trickling, LOOPBACK_ALLOWED, { timeoutMs: 200 }),
      get("http://slow.example/", nameless, { timeoutMs: 200 }),
    ]) {
      expect(await faultOf(exchange)).toMatchObject({ fault: "timed-out", message: "it took longer than 0.2 s" });
    }
  });

  it("tells a connection that breaks in the middle of the body", async () => {
    const url = await serveHttp((_request, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("part", () => response.socket?.destroy());
    });

    expect(await faultOf(get(url))).toMatchObject({ fault: "unreachable", message: "the connection was cut off" });
  });

  it("passes on what the reader of the answer throws, and the signal's reason", async () => {
    const url = await serveHttp((_request, response) => response.end("x"));
    const silent = await serveHttp(() => {});
    const abort = new AbortController();
    const aborted = get(silent, LOOPBACK_ALLOWED, { signal: abort.signal });
    abort.abort(new Error("cancelled"));
    await expect(aborted).rejects.toThrow("cancelled");

    const reading = open().exchange(url, { timeoutMs: 5_000 }, async () => {
      throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
    });

    await expect(reading).rejects.toThrow("disk full");
    await expect(get(url, LOOPBACK_ALLOWED, { signal: abort.signal })).rejects.toThrow("cancelled");
  });
});
