import { describe, expect, it } from "vitest";
import { ENDPOINT, release, scripted, startEngine } from "./engine-testkit.js";

const UNKNOWN = "01900000-0000-7000-8000-000000000000";
const REQUESTS = "/fal-ai/stable-audio-25/requests";

describe("submit", () => {
  it("answers 200 at once with every key of a live reply", async () => {
    const engine = await startEngine();
    const response = await engine.post(`/${ENDPOINT}`, scripted("go"));
    const body = (await response.json()) as Record<string, unknown>;
    const url = `${engine.url}${REQUESTS}/${body.request_id}`;
    expect(response.status).toBe(200);
    expect(response.headers.get("x-fal-request-id")).toBe(body.request_id);
    expect(body).toEqual({
      status: "IN_QUEUE",
      request_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      response_url: url,
      status_url: `${url}/status`,
      cancel_url: `${url}/cancel`,
      logs: null,
      metrics: {},
      queue_position: 0,
    });
  });

  it("takes any JSON object and tells what is wrong with it by the result", async () => {
    const engine = await startEngine();
    const id = await engine.submit({ input: { prompt: "wrapped" } });
    const status = await engine.completed(id);
    expect(status).not.toHaveProperty("error");
    const result = await engine.result(id);
    expect(result.status).toBe(422);
    expect(result.headers.get("x-fal-retryable")).toBe("false");
    const { detail } = (await result.json()) as { detail: { loc: string[]; type: string; url: string }[] };
    expect(detail.map(({ loc, type }) => [loc.join("."), type])).toEqual([
      ["body.prompt", "missing"],
      ["body.audio_url", "missing"],
    ]);
    expect(detail[0]?.url).toBe("https://docs.fal.ai/errors#missing");
  });

  it.each([["{"], [""], ["[]"], ["null"], ["7"], ['"text"']])(
    "refuses %j, which is not a JSON object",
    async (text) => {
      const engine = await startEngine();
      const response = await engine.post(`/${ENDPOINT}`, text);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ detail: [{ type: "json_invalid", loc: ["body"] }] });
    },
  );

  it("refuses a body above 16 MB and any type that a web page could send unasked", async () => {
    const engine = await startEngine();
    const large = await engine.post(`/${ENDPOINT}`, { prompt: "x".repeat(17 * 1024 * 1024) });
    expect(large.status).toBe(413);
    const plain = await engine.post(`/${ENDPOINT}`, "{}", { "content-type": "text/plain" });
    expect(plain.status).toBe(415);
  });

  it("names the application it does not serve", async () => {
    const engine = await startEngine();
    const response = await engine.post("/fal-ai/other", {});
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ detail: 'Application "other" not found' });
  });

  it("makes two requests of the same body sent twice", async () => {
    const engine = await startEngine();
    expect(await engine.submit(scripted("go"))).not.toBe(await engine.submit(scripted("go")));
  });
});

describe("status and result", () => {
  it("answers 202 and 400 until the end, then 200 and the model's reply", async () => {
    const engine = await startEngine();
    const running = await engine.submit(scripted("hold a"));
    const waiting = await engine.submit(scripted("go"));
    await engine.logged(running, "holding");

    const inQueue = await engine.get(`${REQUESTS}/${waiting}/status`);
    expect(inQueue.status).toBe(202);
    expect(await inQueue.json()).toMatchObject({ status: "IN_QUEUE", queue_position: 0, logs: null, metrics: {} });
    const inProgress = await engine.get(`${REQUESTS}/${running}/status?logs=1`);
    expect(inProgress.status).toBe(202);
    const body = (await inProgress.json()) as object;
    expect(body).toMatchObject({ status: "IN_PROGRESS", progress: 0.5 });
    expect(body).not.toHaveProperty("queue_position");
    const early = await engine.result(running);
    expect(early.status).toBe(400);
    expect(await early.json()).toEqual({ detail: "Request is still in progress" });

    release("a");
    await engine.completed(running);
    const done = await engine.get(`${REQUESTS}/${running}/status`);
    expect(done.status).toBe(200);
    expect(await done.json()).toMatchObject({
      status: "COMPLETED",
      logs: null,
      metrics: { inference_time: expect.any(Number) },
    });
    const result = await engine.result(running);
    expect(result.status).toBe(200);
    expect(result.headers.get("x-fal-request-id")).toBe(running);
    expect(await result.json()).toEqual({
      audio: {
        url: expect.stringContaining(`${engine.url}/files/`),
        content_type: "audio/wav",
        file_name: expect.stringMatching(/^inpaint-[0-9a-f]{8}\.wav$/),
        file_size: expect.any(Number),
      },
      seed: expect.any(Number),
    });
  });

  it.each([["1"], ["true"]])("shows the log with logs=%s", async (logs) => {
    const engine = await startEngine();
    const id = await engine.submit(scripted("go"));
    await engine.completed(id);
    const status = (await (await engine.get(`${REQUESTS}/${id}/status?logs=${logs}`)).json()) as { logs: unknown };
    expect(status.logs).toContainEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      message: "halfway",
      level: "INFO",
      source: "USER",
      labels: {},
    });
  });

  it("serves the aliases of a request's URLs", async () => {
    const engine = await startEngine();
    const id = await engine.submit(scripted("go"));
    await engine.completed(id);
    for (const prefix of [REQUESTS, `/${ENDPOINT}/requests`]) {
      for (const suffix of ["", "/", "/response", "/status", "/status/", "/status/stream"]) {
        const response = await engine.get(`${prefix}/${id}${suffix}`);
        expect([prefix, suffix, response.status]).toEqual([prefix, suffix, 200]);
        await response.text();
      }
    }
  });

  it("knows no request by an id it never gave out", async () => {
    const engine = await startEngine();
    for (const id of [UNKNOWN, "..%2F..%2Fupload-key", "x".repeat(90)]) {
      for (const suffix of ["", "/status", "/status/stream"]) {
        const response = await engine.get(`${REQUESTS}/${id}${suffix}`);
        expect(response.status).toBe(404);
        expect(await response.json()).toEqual({ status: "NOT_FOUND" });
      }
    }
  });

  it("gives the audio as a data URI with sync_mode", async () => {
    const engine = await startEngine();
    const id = await engine.submit(scripted("go", { sync_mode: true }));
    await engine.completed(id);
    const { audio } = (await (await engine.result(id)).json()) as { audio: { url: string } };
    expect(audio.url).toBe(scripted("go").audio_url);
  });

  it("keeps every digit of a seed and draws one of 32 bits when none is given", async () => {
    const engine = await startEngine();
    const body = JSON.stringify(scripted("go")).replace("}", ',"seed":196619188014358661}');
    const given = await engine.submit(body);
    const drawn = await engine.submit(scripted("go"));
    await engine.completed(drawn);
    expect(await (await engine.result(given)).text()).toContain('"seed":196619188014358661}');
    const { seed } = (await (await engine.result(drawn)).json()) as { seed: number };
    expect(seed).toBeGreaterThanOrEqual(0);
    expect(seed).toBeLessThan(2 ** 32);
  });
});
