import { request as httpRequest } from "node:http";
import { expect, it } from "vitest";
import { startEngine } from "./engine-testkit.js";

function statusFor(host: string, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
    request.end();
  });
}

it("answers on loopback to no name that a web page may have made lead there, and to its own", async () => {
  const { url } = await startEngine();
  const keys = `${url}/.well-known/jwks.json`;

  expect(await statusFor("evil.test", keys)).toBe(421);
  expect(await statusFor("localhost.evil.test:80", keys)).toBe(421);
  for (const host of [new URL(url).host, "localhost", "[::1]:9"]) expect(await statusFor(host, keys)).toBe(200);
});
