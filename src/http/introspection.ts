import { ANONYMOUS_ID, type Caller } from "../services/job.js";

/** Who may ask for the schema: everyone, nobody, or callers that are known by a credential. */
export type Introspection = "on" | "off" | "authenticated";

/** Whoever may not introspect is given no hints at names either. A watch token makes nobody known. */
export function mayIntrospect(introspection: Introspection, caller: Caller): boolean {
  const isKnown = caller.id !== ANONYMOUS_ID && caller.onlyJobId === undefined;
  return introspection === "on" || (introspection === "authenticated" && isKnown);
}
