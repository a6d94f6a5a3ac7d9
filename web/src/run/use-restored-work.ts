import { type Dispatch, type SetStateAction, useEffect, useRef } from "react";
import type { SourceActions, SourceState } from "../source/use-source";
import { loadDraft, saveDraft } from "./draft";
import type { JobView } from "./job-view";
import { type Settings, settingsOf } from "./settings";

/** Storage is written to when typing or dragging pauses. */
const SAVE_AFTER_MS = 300;

interface Work {
  readonly jobId: string | null;
  readonly view: JobView | null;
  readonly settings: Settings;
  readonly setSettings: Dispatch<SetStateAction<Settings>>;
  readonly sourceState: SourceState;
  readonly sources: SourceActions;
  readonly isReadOnly: boolean;
}

/**
 * Brings back what belongs to the page's address: after a reload the draft that was typed there, else what the opened
 * job was made with; and its recording. What is typed from then on stays.
 */
export function useRestoredWork({ jobId, view, settings, setSettings, sourceState, sources, isReadOnly }: Work) {
  const { source, uploaded } = sourceState;
  const isFresh = useRef(true);
  /** The jobs whose settings, and whose recording, the page has. */
  const hasSettingsOf = useRef<string | null>(null);
  const hasSourceOf = useRef<string | null>(null);

  useEffect(() => {
    if (!isFresh.current) return;
    isFresh.current = false;
    const draft = loadDraft(jobId);
    if (draft === null) return;
    hasSettingsOf.current = jobId;
    setSettings(draft.settings);
    // A job brings its recording itself.
    if (draft.source !== null && jobId === null) void sources.openUrl(draft.source.name, draft.source.url);
  }, [jobId, setSettings, sources]);

  useEffect(() => {
    if (view === null) return;
    if (hasSettingsOf.current !== view.id) {
      hasSettingsOf.current = view.id;
      setSettings(settingsOf(view.input));
    }
    // Where it lies is not shown to guests.
    if (hasSourceOf.current !== view.id && !isReadOnly) {
      hasSourceOf.current = view.id;
      const { audioUrl } = view.input;
      if (source?.upload.url !== audioUrl) void sources.openUrl(nameOf(audioUrl), audioUrl);
    }
  }, [view, source, sources, setSettings, isReadOnly]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when the upload ends, the recording has an address to keep.
  useEffect(() => {
    if (isReadOnly) return;
    const url = source?.upload.url ?? null;
    const save = () =>
      saveDraft({ jobId, settings, source: source === null || url === null ? null : { name: source.name, url } });
    const pause = setTimeout(save, SAVE_AFTER_MS);
    addEventListener("pagehide", save);
    return () => {
      clearTimeout(pause);
      removeEventListener("pagehide", save);
    };
  }, [jobId, settings, source, uploaded, isReadOnly]);

  return {
    /** The page has all of this job, as it was made here. */
    noteSubmitted: (id: string) => {
      hasSettingsOf.current = id;
      hasSourceOf.current = id;
    },
    /** Another recording was chosen: the job that was open is to bring back everything when it is opened again. */
    noteStartedAnew: () => {
      hasSettingsOf.current = null;
      hasSourceOf.current = null;
    },
  };
}

function nameOf(url: string): string {
  try {
    const { protocol, pathname } = new URL(url);
    return (protocol.startsWith("http") && decodeURIComponent(pathname.split("/").at(-1) ?? "")) || "recording";
  } catch {
    // It has a percent sign that means itself.
    return "recording";
  }
}
