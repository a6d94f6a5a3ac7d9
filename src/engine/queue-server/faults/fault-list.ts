import { EventEmitter } from "node:events";
import type { CallKind } from "../call-kind.js";
import { countsRequests, type Fault, type FaultName, type FaultOf } from "./fault.js";

/** Whom a fault may strike now. */
export interface Target {
  /** Not known before a submit is accepted. */
  requestId?: string | undefined;
  /** The body of a submit that is not accepted yet. */
  input?: string | undefined;
  /** For faults that name a call. */
  at?: CallKind | undefined;
}

interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  /** Found by `next` and `inputContains`. */
  readonly found: Set<string>;
  /** Struck for good, by faults that count requests. */
  readonly marked: Set<string>;
  struck: number;
}

/** The faults that are set, in order, and whom each has struck. */
export class FaultList {
  private faults: ActiveFault[] = [];
  private nextId = 1;
  private readonly changes = new EventEmitter().setMaxListeners(0);

  add(faults: readonly Fault[]): number[] {
    const added = faults.map((fault) => ({
      id: this.nextId++,
      fault,
      found: new Set<string>(),
      marked: new Set<string>(),
      struck: 0,
    }));
    this.faults.push(...added);
    return added.map(({ id }) => id);
  }

  /** @param id default: all. False when there is none of this id. */
  remove(id?: number): boolean {
    const kept = id === undefined ? [] : this.faults.filter((active) => active.id !== id);
    const removed = id === undefined || kept.length < this.faults.length;
    this.faults = kept;
    if (removed) this.changes.emit("removed");
    return removed;
  }

  /** Calls back after each removal until the returned function is called. */
  onRemoved(listener: () => void): () => void {
    this.changes.on("removed", listener);
    return () => this.changes.off("removed", listener);
  }

  list(ids?: readonly number[]): object[] {
    return this.faults
      .filter(({ id }) => ids === undefined || ids.includes(id))
      .map(({ id, fault, struck, found }) => ({ id, ...fault, struck, requestIds: [...found] }));
  }

  /** Binds to a request what waits for it. */
  accepted(requestId: string, input: string): void {
    for (const { fault, found } of this.faults) {
      const { match } = fault;
      if (match === "next" ? found.size === 0 : isText(match) && input.includes(match.inputContains)) {
        found.add(requestId);
      }
    }
  }

  /** The oldest fault of a name that strikes the target, counted; null when none does. */
  strike<Name extends FaultName>(
    name: Name,
    target: Target,
    fits: (fault: FaultOf<Name>) => boolean = () => true,
  ): FaultOf<Name> | null {
    for (const active of this.faults) {
      const { fault, marked } = active;
      if (!isNamed(fault, name) || !concerns(active, target) || !fits(fault)) continue;
      if (target.requestId !== undefined && marked.has(target.requestId)) return fault;
      if (fault.times !== null && active.struck >= fault.times) continue;
      active.struck++;
      if (countsRequests(name) && target.requestId !== undefined) marked.add(target.requestId);
      return fault;
    }
    return null;
  }
}

function isNamed<Name extends FaultName>(fault: Fault, name: Name): fault is FaultOf<Name> {
  return fault.fault === name;
}

function concerns({ fault, found }: ActiveFault, { requestId, input, at }: Target): boolean {
  if ("at" in fault && fault.at !== at) return false;
  const { match } = fault;
  if (match === undefined) return true;
  if (match !== "next" && "requestId" in match) return match.requestId === requestId;
  if (requestId !== undefined) return found.has(requestId);
  if (input === undefined) return false;
  // A submit that is not accepted yet.
  return match === "next" ? found.size === 0 : input.includes(match.inputContains);
}

function isText(match: Fault["match"]): match is { inputContains: string } {
  return typeof match === "object" && "inputContains" in match;
}
