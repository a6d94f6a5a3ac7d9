import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createProgressView, type ProgressUpdate } from "../../src/demo/progress-view.js";

/** Collects what a view writes; `isTTY` chooses between bar and lines. */
function createOutput(isTTY: boolean) {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const output = Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream;
  return { output, read: () => text };
}

const queued: ProgressUpdate = { status: "IN_QUEUE", queuePosition: 2, progress: null, logs: [] };
const running: ProgressUpdate = { status: "IN_PROGRESS", queuePosition: null, progress: 0.42, logs: [] };
const completed: ProgressUpdate = { status: "COMPLETED", queuePosition: null, progress: 1, logs: [] };
const firstLine = { sequence: 1, message: "decoding" };
const secondLine = { sequence: 2, message: "searching" };

describe("the plain lines", () => {
  it("tell queue position, percentage in tenths, log lines and the end", () => {
    const { output, read } = createOutput(false);
    const view = createProgressView(output);

    view.show(queued);
    view.show({ ...queued, queuePosition: 0 });
    view.show({ ...running, progress: 0.02, logs: [firstLine] });
    view.show({ ...running, progress: 0.04 });
    view.show({ ...running, progress: 0.3, logs: [secondLine] });
    view.show(completed);
    view.finish();

    expect(read().split("\n")).toEqual([
      "  queued, 2 ahead",
      "  queued, next in line",
      "  | decoding",
      "  running, 0 %",
      "  | searching",
      "  running, 30 %",
      "  completed, 100 %",
      "",
    ]);
  });

  it("show a line once though a snapshot repeats it", () => {
    const { output, read } = createOutput(false);
    const view = createProgressView(output);

    view.show({ ...running, logs: [firstLine] });
    view.show({ ...running, logs: [firstLine, secondLine] });

    expect(read().match(/decoding/g)).toHaveLength(1);
    expect(read().match(/searching/g)).toHaveLength(1);
  });

  it("invent no percentage and no queue position", () => {
    const { output, read } = createOutput(false);
    const view = createProgressView(output);

    view.show({ ...queued, queuePosition: null });
    view.show({ ...running, progress: null });

    expect(read()).toBe("  queued\n  running\n");
  });

  it("pass no control characters on to the terminal", () => {
    const { output, read } = createOutput(false);

    createProgressView(output).show({ ...running, logs: [{ sequence: 1, message: "a\u001b[2Jb\r\nc" }] });

    expect(read()).toContain("  | a [2Jb c\n");
  });
});

describe("the bar", () => {
  it("shows the state beside it and the log lines above it", () => {
    const { output, read } = createOutput(true);
    const view = createProgressView(output);

    view.show({ ...running, logs: [firstLine] });
    view.show({ ...completed, logs: [secondLine] });
    view.finish();

    const text = read();
    expect(text).toContain("  | decoding\n");
    expect(text.indexOf("  | searching\n")).toBeGreaterThan(text.indexOf("  | decoding\n"));
    expect(text.indexOf(`${"█".repeat(30)} completed, 100 %`)).toBeGreaterThan(text.indexOf("  | searching\n"));
  });

  it("gives the cursor back when it finishes", () => {
    const { output, read } = createOutput(true);
    const view = createProgressView(output);

    view.show(running);
    view.finish();

    expect(read().lastIndexOf("\u001b[?25h")).toBeGreaterThan(read().lastIndexOf("\u001b[?25l"));
    expect(read().endsWith("\n")).toBe(true);
  });

  it("leaves nothing behind when the job failed before the first update", () => {
    const { output, read } = createOutput(true);

    createProgressView(output).finish();

    expect(read()).toBe("");
  });
});
