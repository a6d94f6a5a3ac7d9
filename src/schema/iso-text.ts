const DAY_MS = 86_400_000;
/** Where years have four digits, and days don't begin before 1970: what is stored here lies there. */
const PLAIN_YEARS_MS = { from: 0, before: Date.UTC(10_000, 0) };

let latestDay = { number: 0, prefix: "1970-01-01T" };

/**
 * The same text as Date's toISOString, several times faster for dates of one day, as those of an answer mostly are: that
 * works out the year anew each time.
 */
export function isoText(date: Date): string {
  const milliseconds = date.getTime();
  if (!(milliseconds >= PLAIN_YEARS_MS.from && milliseconds < PLAIN_YEARS_MS.before)) return date.toISOString();
  const number = Math.floor(milliseconds / DAY_MS);
  if (number !== latestDay.number) latestDay = { number, prefix: date.toISOString().slice(0, "YYYY-MM-DDT".length) };
  const ofDay = milliseconds - number * DAY_MS;
  const hours = Math.floor(ofDay / 3_600_000);
  const minutes = Math.floor(ofDay / 60_000) % 60;
  const seconds = Math.floor(ofDay / 1_000) % 60;
  const fraction = ofDay % 1_000;
  return `${latestDay.prefix}${digits(hours)}:${digits(minutes)}:${digits(seconds)}.${fraction < 100 ? "0" : ""}${digits(fraction)}Z`;
}

/** At least two. */
function digits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
