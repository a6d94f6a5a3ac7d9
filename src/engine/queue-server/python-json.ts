import { numberText } from "./lossless-body.js";

/** JSON as Python's `json.dumps(value, sort_keys=True)` writes it: keys in order, spaces after `,` and `:`, ASCII alone. */
export function toPythonJson(value: unknown): string {
  const number = numberText(value);
  if (number !== null) return number;
  if (Array.isArray(value)) return `[${value.map(toPythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => `${asciiText(key)}: ${toPythonJson(member)}`);
    return `{${members.join(", ")}}`;
  }
  return typeof value === "string" ? asciiText(value) : JSON.stringify(value ?? null);
}

function asciiText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
