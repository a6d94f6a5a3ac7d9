import type { TimelineEntry } from "../schema/timeline-entry.js";
import type { TimelineEntry as StoredEntry } from "../services/job.js";

export function presentTimelineEntry({ at, event, detail }: StoredEntry): TimelineEntry {
  return { at: new Date(at), event, detail };
}
