import { expect, it } from "vitest";
import { createLogger } from "../../src/logging/create-logger.js";
import { startProcess } from "../support/start-process.js";

/** A logger, and the lines it has written. */
function listen(level = "info") {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { ...createLogger({ level, destination, isTerminal: false }), lines };
}

it("takes out what may be secret, at whatever depth a line has it", () => {
  const { logger, lines } = listen();
  const authorization = "Key id:s3cret";

  logger.info({ authorization, request: { headers: { authorization } }, input: { audioUrl: "https://x/?sig=s3cret" } });
  logger.error({ err: Object.assign(new Error("refused"), { body: "s3cret", headers: { "set-cookie": "s3cret" } }) });

  expect(JSON.stringify(lines)).not.toContain("s3cret");
  expect(lines[0]).toMatchObject({
    authorization: "[Redacted]",
    request: { headers: { authorization: "[Redacted]" } },
  });
  expect(lines[1]).toMatchObject({ err: { type: "Error", message: "refused", stack: expect.any(String) } });
});

it("leaves what it is given as it is, also where it hides something of it", () => {
  const { logger, lines } = listen();
  const request = Object.freeze({ headers: Object.freeze({ authorization: "Key id:s3cret", accept: "*/*" }) });

  logger.info({ request, many: [1, 2] });

  expect(request.headers.authorization).toBe("Key id:s3cret");
  expect(lines[0]).toMatchObject({ request: { headers: { accept: "*/*" } }, many: [1, 2] });
});

it("writes nothing below its level", () => {
  const { logger, lines } = listen("warn");

  logger.info("one");
  logger.warn("two");

  expect(lines).toMatchObject([{ level: 40, msg: "two" }]);
});

it("writes words for a person where one reads along, with nothing that may be secret", async () => {
  const module = new URL("../../dist/logging/create-logger.js", import.meta.url).href;
  const program = `const { createLogger } = await import(${JSON.stringify(module)});
    const { logger, flush } = createLogger({ level: "info", isTerminal: true });
    logger.info({ jobId: "job-1", authorization: "Key id:s3cret" }, "job ended");
    flush();`;
  const { ended, stderr } = startProcess({}, ["--input-type=module", "-e", program]);

  expect(await ended).toBe(0);
  expect(stderr[0]).toMatch(/INFO.*job ended/);
  expect(stderr.join("\n")).toContain("job-1");
  expect(stderr.join("\n")).not.toMatch(/s3cret|^\{/);
});
