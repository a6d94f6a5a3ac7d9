/** "1:07.4" */
export function formatTime(seconds: number): string {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

/** "12–19 s" */
export function formatSpan(start: number, end: number): string {
  return `${start}–${end} s`;
}

/** "1st", "2nd", "11th" */
export function formatOrdinal(count: number): string {
  const ending = new Map([
    ["one", "st"],
    ["two", "nd"],
    ["few", "rd"],
  ]).get(new Intl.PluralRules("en", { type: "ordinal" }).select(count));
  return `${count}${ending ?? "th"}`;
}

/** "734 kB" */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** "mono", "stereo", "6 channels" */
export function formatChannels(count: number): string {
  return ["mono", "stereo"][count - 1] ?? `${count} channels`;
}

/** "Nov 28, 2026, 1:34 AM", as the person's language has it */
export function formatDate(isoTime: string): string {
  return new Date(isoTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}
