import { describe, expect, it } from "vitest";
import { parseJsonObject } from "../../src/engine/queue-server/lossless-body.js";
import type { ErrorDetail } from "../../src/engine/queue-server/model-error.js";
import { ModelError } from "../../src/engine/queue-server/model-error.js";
import { parseModelInput } from "../../src/engine/queue-server/model-input.js";

const NEEDED = '"prompt":"p","audio_url":"https://x.example/a.wav"';

function parse(fields: string) {
  return parseModelInput(parseJsonObject(`{${NEEDED}${fields === "" ? "" : `,${fields}`}}`));
}

function detailsOf(fields: string): ErrorDetail[] {
  try {
    parse(fields);
  } catch (error) {
    if (error instanceof ModelError) return error.detail;
    throw error;
  }
  return [];
}

function detailOf(fields: string): ErrorDetail | undefined {
  return detailsOf(fields)[0];
}

function faults(fields: string): unknown[] {
  return detailsOf(fields).map(({ loc, type, ctx }) => [loc[1], type, ...Object.values(ctx ?? {})]);
}

describe("the model's input", () => {
  it("has the model's defaults", () => {
    expect(parse("")).toEqual({
      prompt: "p",
      audioUrl: "https://x.example/a.wav",
      maskStartSeconds: 30,
      maskEndSeconds: 190,
      totalSeconds: null,
      guidanceScale: 1,
      inferenceSteps: 8,
      seed: expect.any(BigInt),
      syncMode: false,
    });
  });

  it.each([
    ['"seed":196619188014358661', { seed: 196619188014358661n }],
    ['"seed":"196619188014358661"', { seed: 196619188014358661n }],
    ['"seed":18446744073709551615', { seed: 2n ** 64n - 1n }],
    ['"seed":-9223372036854775808', { seed: -(2n ** 63n) }],
    ['"seed":0', { seed: 0n }],
    ['"seed":null', { seed: expect.any(BigInt) }],
    ['"seconds_total":null', { totalSeconds: null }],
    ['"seconds_total":12.0', { totalSeconds: 12 }],
    ['"seconds_total":1.2e1', { totalSeconds: 12 }],
    ['"seconds_total":" 12 "', { totalSeconds: 12 }],
    ['"guidance_scale":1.5', { guidanceScale: 1.5 }],
    ['"sync_mode":"true"', { syncMode: true }],
    ['"sync_mode":1', { syncMode: true }],
    ['"unknown":{"a":[1]}', {}],
    ['"mask_start":0,"mask_end":1', { maskStartSeconds: 0, maskEndSeconds: 1 }],
  ])("takes %s", (fields, expected) => {
    expect(parse(fields)).toMatchObject(expected);
  });

  it.each([
    ['"prompt":7', [["prompt", "string_type"]]],
    ['"prompt":null', [["prompt", "string_type"]]],
    ['"audio_url":["x"]', [["audio_url", "string_type"]]],
    ['"seconds_total":0', [["seconds_total", "greater_than_equal", 1n]]],
    ['"seconds_total":191', [["seconds_total", "less_than_equal", 190n]]],
    ['"seconds_total":"ten"', [["seconds_total", "int_parsing"]]],
    ['"seconds_total":10.5', [["seconds_total", "int_from_float"]]],
    ['"seconds_total":true', [["seconds_total", "int_type"]]],
    ['"seconds_total":1e400', [["seconds_total", "int_from_float"]]],
    ['"guidance_scale":0', [["guidance_scale", "greater_than_equal", 1n]]],
    ['"guidance_scale":26', [["guidance_scale", "less_than_equal", 25n]]],
    ['"guidance_scale":"x"', [["guidance_scale", "float_parsing"]]],
    ['"guidance_scale":[]', [["guidance_scale", "float_type"]]],
    ['"num_inference_steps":3', [["num_inference_steps", "greater_than_equal", 4n]]],
    ['"num_inference_steps":9', [["num_inference_steps", "less_than_equal", 8n]]],
    ['"mask_start":-1', [["mask_start", "greater_than_equal", 0n]]],
    ['"mask_end":191', [["mask_end", "less_than_equal", 190n]]],
    ['"mask_start":null', [["mask_start", "int_type"]]],
    ['"mask_start":5,"mask_end":5', [["mask_end", "greater_than", 5n]]],
    ['"mask_end":20', [["mask_end", "greater_than", 30n]]],
    ['"seed":18446744073709551616', [["seed", "less_than_equal", 2n ** 64n - 1n]]],
    [`"seed":${"9".repeat(5000)}`, [["seed", "int_parsing"]]],
    ['"seed":"x"', [["seed", "int_parsing"]]],
    ['"seed":1.5', [["seed", "int_from_float"]]],
    ['"sync_mode":"maybe"', [["sync_mode", "bool_parsing"]]],
    [
      '"seconds_total":0,"mask_start":"x","seed":[]',
      [
        ["seconds_total", "greater_than_equal", 1n],
        ["mask_start", "int_parsing"],
        ["seed", "int_type"],
      ],
    ],
  ])("refuses %s", (fields, expected) => {
    expect(faults(fields)).toEqual(expected);
  });

  it("does not take what an object inherits for a field", () => {
    expect(() => parseModelInput({})).toThrow(/Field required; Field required/);
  });

  it("does not send a long refused value back", () => {
    const [short, long] = ["x", "x".repeat(1000)].map((seed) => detailOf(`"seed":"${seed}"`));
    expect(short).toHaveProperty("input", "x");
    expect(long).not.toHaveProperty("input");
  });
});
