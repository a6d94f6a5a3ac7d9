import { LosslessNumber } from "lossless-json";
import { expect, it } from "vitest";
import { InvalidJsonError, parseJson, parseJsonObject, toJson } from "../../src/engine/queue-server/lossless-body.js";

it.each([
  ['{"seed":196619188014358661}'],
  ['{"seed":-196619188014358661,"a":[1,2.5,{"b":null}],"t":true}'],
  ['{"x":0.12345678901234567890123}'],
  [`{"seed":196619188014358661,"audio_url":"data:${"A".repeat(5000)}","quote":"\\"\\\\"}`],
  [`{"seed":196619188014358661,"long":"${'\\\\\\"'.repeat(2000)}","next":"lifted-0"}`],
])("keeps every digit and character of %.60s", (text) => {
  expect(toJson(parseJson(text))).toBe(text);
});

it("gives plain numbers where those are exact", () => {
  expect(parseJson('{"a":1,"seed":196619188014358661}')).toEqual({
    a: 1,
    seed: new LosslessNumber("196619188014358661"),
  });
});

it("takes digits inside strings for what they are", () => {
  expect(parseJson('{"a":"12345678901234567890"}')).toEqual({ a: "12345678901234567890" });
});

it.each([["{"], ["{'a':1}"], ["NaN"], ['{"a":1}x'], ['{"a":196619188014358661,"a":196619188014358662}']])(
  "refuses %s",
  (text) => {
    expect(() => parseJson(text)).toThrow(InvalidJsonError);
  },
);

it("refuses to sift a body of many small parts for long numbers", () => {
  const text = `{"seed":196619188014358661,"a":[${"1,".repeat(500_000)}1]}`;
  expect(() => parseJsonObject(text)).toThrow(InvalidJsonError);
});

it("reads a 14 MB data URI beside a long number without holding up the process", () => {
  const text = `{"seed":196619188014358661,"audio_url":"data:audio/wav;base64,${"A".repeat(14_000_000)}"}`;
  const startedAtMs = performance.now();
  const { audio_url: audioUrl } = parseJsonObject(text);
  expect(audioUrl).toHaveLength(14_000_022);
  // lossless-json alone takes seconds; the margin is for a busy machine.
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});
