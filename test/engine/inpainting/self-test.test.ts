import { expect, test } from "vitest";
import { extractFeatures } from "../../../src/engine/inpainting/features.js";
import { createFrameDistance } from "../../../src/engine/inpainting/frame-distance.js";
import { createRecording } from "../../../src/engine/inpainting/recording.js";
import { type SelfTest, selfTest } from "../../../src/engine/inpainting/self-test.js";
import { beatLoop, noise } from "./fixtures.js";

const RATE = 11_025;

function testOf(channels: Float32Array[], startSeconds: number, endSeconds: number): SelfTest {
  const total = (channels[0] as Float32Array).length;
  const gap = { start: startSeconds * RATE, end: endSeconds * RATE, total };
  const recording = createRecording(channels, RATE, gap);
  const features = extractFeatures(recording);
  return selfTest(recording, features, createFrameDistance(features));
}

test("finds what it hid in music that repeats", () => {
  const result = testOf(beatLoop({ seconds: 24 }), 10, 12);
  expect(result.count).toBe(4);
  expect(result.seconds).toBeCloseTo(2, 1);
  expect(result.inside).toBeLessThan(0.6);
});

test("admits that nothing in noise is like what it hid", () => {
  const { inside } = testOf(noise(24 * RATE, 1), 10, 12);
  expect(inside).toBeGreaterThan(0.85);
  expect(inside).toBeLessThan(1.15);
});

test("is left out when too little is known", () => {
  const result = testOf(beatLoop({ seconds: 2 }), 1, 2);
  expect(result.count).toBe(0);
  expect(result.insidePerContext).toBeCloseTo(1.1);
});
