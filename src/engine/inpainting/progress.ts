/** Receives one log line per stage. Progress runs from 0 to 1 and never falls. */
export type InpaintReport = (entry: { progress: number; message: string; level: "INFO" | "WARN" }) => void;

/** Keeps progress monotone and within 0..1, whatever a stage that is repeated reports. */
export function monotone(report: InpaintReport): InpaintReport {
  let highest = 0;
  return (entry) => {
    highest = Math.min(1, Math.max(highest, entry.progress));
    report({ ...entry, progress: highest });
  };
}
