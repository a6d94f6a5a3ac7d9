// @ts-check
// What was measured of each server, and what is asked of it.
import { percentile, printTable, rounded } from "../support/measure.mjs";

/** Medians over the rounds, by server and name of the figure. */
export class Figures {
  /** @type {Map<string, Map<string, number[]>>} */
  #measured = new Map();

  /** @param {string} server @param {Record<string, number>} figures */
  add(server, figures) {
    const own = this.#measured.get(server) ?? new Map();
    this.#measured.set(server, own);
    for (const [name, value] of Object.entries(figures)) own.set(name, [...(own.get(name) ?? []), value]);
  }

  /** @param {string} server @param {string} name */
  median(server, name) {
    return percentile(this.#measured.get(server)?.get(name) ?? [], 0.5);
  }

  /** The largest of all rounds, for what may never happen. @param {string} server @param {string} name */
  largest(server, name) {
    return Math.max(...(this.#measured.get(server)?.get(name) ?? [Number.NaN]));
  }

  /**
   * How many times theirs is ours, in both figures of each: how many a second, and the CPU of one.
   * @param {{ ours: string, theirs: string, rate: string, cpu: string }} names
   */
  rates({ ours, theirs, rate, cpu }) {
    return {
      ours: this.median(ours, rate),
      of: theirs,
      theirs: this.median(theirs, rate),
      cpu: this.median(theirs, cpu) / this.median(ours, cpu),
    };
  }

  /** The best of these servers. @param {readonly string[]} servers @param {string} name @param {"least" | "most"} best */
  best(servers, name, best) {
    const all = servers.map((server) => this.median(server, name)).filter((value) => !Number.isNaN(value));
    return best === "least" ? Math.min(...all) : Math.max(...all);
  }

  /** One row a server, one column a figure. @param {string} title @param {string} what the figures are of */
  print(title, what) {
    console.log(`### ${title}\n`);
    const names = [...new Set([...this.#measured.values()].flatMap((own) => [...own.keys()]))];
    printTable(
      [...this.#measured.keys()].map((server) => ({
        [what]: server,
        ...Object.fromEntries(
          names.map((name) => [
            name,
            Number.isNaN(this.median(server, name)) ? "" : rounded(this.median(server, name)),
          ]),
        ),
      })),
    );
  }
}

/**
 * Ours is at least (or at most) so many times theirs, or so much by itself. For a rate, `cpu` is how many times more of its
 * process' CPU they need for each: what other work on the machine changes least.
 * @typedef {{ figure: string, ours: number, bound: "at least" | "at most", factor: number, of?: string, theirs?: number, cpu?: number }} Target
 */

/** @param {readonly Target[]} targets */
export function printTargets(targets) {
  console.log("### Targets\n");
  printTable(
    targets.map(({ figure, ours, bound, factor, of, theirs, cpu }) => {
      const reached = theirs === undefined ? ours : ours / theirs;
      const met = bound === "at least" ? reached >= factor : reached <= factor;
      const missedBy = bound === "at least" ? 1 - reached / factor : reached / factor - 1;
      return {
        figure,
        ours: rounded(ours),
        beside: of === undefined ? "" : `${of}: ${rounded(theirs ?? Number.NaN)}`,
        reached: of === undefined ? "" : `${rounded(reached)} ×`,
        "by CPU": cpu === undefined ? "" : `${rounded(cpu)} ×`,
        target: `${bound} ${factor}${of === undefined ? "" : " ×"}`,
        met: met ? "yes" : `no, by ${rounded(missedBy * 100)} %`,
      };
    }),
  );
}
