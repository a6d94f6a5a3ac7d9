import { inThisBrowser, inThisTab } from "../shell/kept-values";
import type { Settings } from "./settings";

/** What was typed but not sent, so that a reload loses nothing. */
export interface Draft {
  /** The job it was typed beside; null: none was open. */
  readonly jobId: string | null;
  readonly settings: Settings;
  readonly source: { readonly name: string; readonly url: string } | null;
}

const KEY = "punchin.draft";
const PROMPT = "punchin.prompt";

export function saveDraft(draft: Draft): void {
  inThisTab.setJson(KEY, draft);
  inThisBrowser.set(PROMPT, draft.settings.prompt);
}

/** This tab's draft, when it was made beside the same job. */
export function loadDraft(jobId: string | null): Draft | null {
  const draft = inThisTab.getJson<Draft>(KEY);
  return draft?.jobId === jobId ? draft : null;
}

export function lastPrompt(): string {
  return inThisBrowser.get(PROMPT) ?? "";
}
