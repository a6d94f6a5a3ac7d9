import { describe, expect, test } from "vitest";
import {
  decodeLogLines,
  decodeOutput,
  decodeRequestId,
  decodeStatus,
  UndecodableError,
} from "../../../src/services/fal/decode.js";

const NOON = Date.UTC(2026, 4, 4, 12, 0, 0);

describe("a status", () => {
  test("in the queue has a position and nothing else", () => {
    const body = { status: "IN_QUEUE", request_id: "r1", queue_position: 3, logs: null, metrics: {}, tomorrow: true };

    expect(decodeStatus(body)).toEqual({
      status: "IN_QUEUE",
      queuePosition: 3,
      progress: null,
      logs: [],
      inferenceSeconds: null,
      error: null,
      errorType: null,
    });
  });

  test("that is completed brings seconds, error and type", () => {
    const body = { status: "COMPLETED", metrics: { inference_time: 4.82 }, error: "Timed out", error_type: "x" };

    expect(decodeStatus(body)).toMatchObject({ inferenceSeconds: 4.82, error: "Timed out", errorType: "x" });
  });

  test.each([
    [{ queue_position: -1 }, null],
    [{ queue_position: 1.5 }, null],
    [{ queue_position: "3" }, null],
    [{ queue_position: null }, null],
    [{}, null],
    [{ queue_position: 0 }, 0],
    [{ queue_position: 12_654 }, 12_654],
    [{ queue_position: 2 ** 31 }, null],
  ])("%j has the position %j", (fields, position) => {
    expect(decodeStatus({ status: "IN_QUEUE", ...fields }).queuePosition).toBe(position);
  });

  test("has no position once it runs", () => {
    expect(decodeStatus({ status: "IN_PROGRESS", queue_position: 2 }).queuePosition).toBeNull();
  });

  test.each([
    [0.45, 0.45],
    [-1, 0],
    [7, 1],
    ["0.5", null],
    [null, null],
  ])("progress %j is %j", (progress, expected) => {
    expect(decodeStatus({ status: "IN_PROGRESS", progress }).progress).toBe(expected);
  });

  test.each([
    [{ status: "FAILED" }],
    [{ status: "completed" }],
    [{}],
    [null],
    ["COMPLETED"],
    [[{ status: "COMPLETED" }]],
  ])("%j is refused", (body) => {
    expect(() => decodeStatus(body)).toThrow(UndecodableError);
  });

  test.each([[null], [undefined], [{}], ["text"]])("survives logs that are %j", (logs) => {
    expect(decodeStatus({ status: "IN_PROGRESS", logs, metrics: logs }).logs).toEqual([]);
  });
});

describe("a log line", () => {
  const line = (fields: object) => decodeLogLines([fields])[0];

  test("keeps upstream's text of the timestamp", () => {
    const timestamp = "2026-05-04T12:00:00.000000";

    expect(line({ timestamp, message: "sampling", labels: {} })).toEqual({
      rawTimestamp: timestamp,
      timestamp: NOON,
      message: "sampling",
      level: "INFO",
      source: null,
    });
  });

  test.each([
    ["2026-05-04T12:00:00", NOON],
    ["2026-05-04T12:00:00Z", NOON],
    ["2026-05-04T12:00:00.5Z", NOON + 500],
    ["2026-05-04T14:00:00+02:00", NOON],
    ["2026-05-04T14:00:00+0200", NOON],
    ["2026-05-04 12:00:00", NOON],
    ["yesterday", null],
    ["", null],
    [1_777_896_000, null],
    ["+275760-09-13T00:00:00Z", null],
    ["-000001-01-01T00:00:00Z", null],
  ])("the timestamp %j is %j", (timestamp, expected) => {
    expect(line({ timestamp, message: "x" })?.timestamp).toBe(expected);
  });

  test.each([
    ["ERROR", "ERROR"],
    ["warn", "WARN"],
    ["stderr", "STDERR"],
    ["TRACE", "INFO"],
    [5, "INFO"],
    [undefined, "INFO"],
  ])("the level %j is %s", (level, expected) => {
    expect(line({ timestamp: "", message: "x", level })?.level).toBe(expected);
  });

  test("is bounded", () => {
    expect(line({ message: "x".repeat(100_000) })?.message).toHaveLength(10_000);
  });

  test("without a message is left out, and the others stay", () => {
    const logs = [null, "text", {}, { message: 5 }, { message: "kept" }, { message: "" }];

    expect(decodeLogLines(logs).map(({ message }) => message)).toEqual(["kept", ""]);
  });
});

describe("an output", () => {
  test("has bounded texts, and no address that is beyond them", () => {
    const long = "x".repeat(1_000_000);
    const audio = { url: "https://a/b.wav", content_type: long, file_name: long };

    const { contentType, fileName } = decodeOutput({ audio }, 1n).audio;
    expect([contentType?.length, fileName?.length]).toEqual([300, 300]);
    expect(() => decodeOutput({ audio: { url: `https://a/${long}` } }, 1n)).toThrow(UndecodableError);
  });

  test("holds the file's fields", () => {
    const audio = {
      url: "https://a/b.wav",
      content_type: "audio/wav",
      file_name: "b.wav",
      file_size: 9,
      file_data: "",
    };

    expect(decodeOutput({ audio, seed: 7 }, 1n)).toEqual({
      audio: { url: "https://a/b.wav", contentType: "audio/wav", fileName: "b.wav", fileSize: 9, fileData: null },
      seed: 7n,
    });
  });

  test("may be a bare URL without a seed: it ran with the seed that was sent", () => {
    expect(decodeOutput({ audio: "https://a/b.wav" }, 196619188014358661n)).toEqual({
      audio: { url: "https://a/b.wav", contentType: null, fileName: null, fileSize: null, fileData: null },
      seed: 196619188014358661n,
    });
  });

  test.each([[null], [undefined], ["9"], [-9], [1.5]])("a file size of %j is unknown", (file_size) => {
    expect(decodeOutput({ audio: { url: "https://a", file_size }, seed: 0 }, 1n)).toMatchObject({
      audio: { fileSize: null },
      seed: 0n,
    });
  });

  test.each([[null], [1.5], ["7"], [{}]])("a seed of %j is the one that was sent", (seed) => {
    expect(decodeOutput({ audio: "https://a", seed }, 5n).seed).toBe(5n);
  });

  test.each([[null], [{}], [{ audio: null }], [{ audio: "" }], [{ audio: {} }], [{ audio: { url: 5 } }], [[]], ["x"]])(
    "%j is refused",
    (body) => {
      expect(() => decodeOutput(body, 1n)).toThrow(UndecodableError);
    },
  );
});

describe("a request id", () => {
  test.each(["0190b7c2-5f1a-7c44-9d0e-2f6f0e6a1b01", "r1", "A_b-9", "x".repeat(128)])("%s is plain", (id) => {
    expect(decodeRequestId(id)).toBe(id);
  });

  test.each(["", "..", "a/b", "../x", "a%2Fb", "a?b", "a#b", "a b", "a\n", "x".repeat(129), "é", 5, null, {}])(
    "%j is refused",
    (id) => {
      expect(() => decodeRequestId(id)).toThrow(UndecodableError);
    },
  );
});
