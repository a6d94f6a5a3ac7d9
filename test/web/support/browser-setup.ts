import chromiumFiles from "@sparticuz/chromium";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The browser that pages are tested in; null where there is none, which CI must not be. */
    browserPath: string | null;
  }
}

/** Unpacks the browser before any test file starts: two at once would write the same file. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("browserPath", await findBrowser());
}

/** Where `CHROMIUM_PATH` says, else the binary of the dev dependency. */
async function findBrowser(): Promise<string | null> {
  try {
    return process.env.CHROMIUM_PATH ?? (await chromiumFiles.executablePath());
  } catch (error) {
    if (process.env.CI === "true") throw error;
    return null;
  }
}
