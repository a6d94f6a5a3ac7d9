import type { GoodClient } from "./client.js";
import type { Load } from "./load.js";
import type { Program } from "./processes.js";
import type { Call, Moment, Passage } from "./proxy.js";
import type { Random } from "./random.js";
import { waitExactly, within } from "./timing.js";
import type { World } from "./world.js";

/** Where in the life of the jobs an instance is killed. */
type KillPoint =
  | { readonly at: "traffic"; readonly call: Call; readonly moment: Moment; readonly delayMs: number }
  | { readonly at: "mutation"; readonly moment: "sent" | "answered"; readonly delayMs: number }
  | { readonly at: "start"; readonly delayMs: number }
  | { readonly at: "any time"; readonly delayMs: number }
  /** Not killed but stopped, as by an operator: nothing may be lost there either. */
  | { readonly at: "stop"; readonly delayMs: number };

/** A kill whose moment does not come in this time happens anyway. */
const PATIENCE_MS = 3_000;
const RESTART_DEADLINE_MS = 30_000;

export interface StormReport {
  readonly kills: number;
  /** How many hit the very moment they were meant for. */
  readonly exact: number;
}

/** Kills instances again and again, each time at another moment, while new jobs come in, and starts them again. */
export class Storm {
  private exact = 0;
  private aim: { point: KillPoint; shot: Promise<void> | null; hit: () => void } | null = null;

  constructor(
    private readonly world: World,
    client: GoodClient,
    private readonly load: Load,
    private readonly random: Random,
  ) {
    world.proxy.tap = async (passage) => this.onTraffic(passage);
    client.onMutation = (moment, instance) => this.onMutation(moment, instance);
  }

  async rage(kills: number): Promise<StormReport> {
    for (let round = 0; round < kills; round++) await this.killOnce(this.random.fork(`kill ${round}`));
    this.aim = null;
    return { kills, exact: this.exact };
  }

  private async killOnce(random: Random): Promise<void> {
    const point = drawKillPoint(random);
    const restarted = random.pick(this.world.instances);
    if (process.env.CHAOS_TRACE) console.log(performance.now(), JSON.stringify(point), restarted.name);
    if (point.at === "start") {
      await restarted.kill();
      restarted.launch();
      await waitExactly(point.delayMs);
      await restarted.kill();
      this.exact += 1;
    } else {
      const hit = new Promise<void>((resolve) => {
        this.aim = { point, shot: null, hit: resolve };
      });
      const news = random.whole(1, 2);
      for (let job = 0; job < news; job++) this.load.add(wishFor(point));
      if (point.at === "any time" || point.at === "stop") {
        await waitExactly(point.delayMs);
        await (point.at === "stop" ? restarted.stop() : restarted.kill());
      } else {
        await within(PATIENCE_MS, hit, () => "missed").then(
          () => {
            this.exact += 1;
          },
          () => (this.aim?.shot ? hit : restarted.kill()),
        );
      }
      this.aim = null;
    }
    const down = this.world.instances.filter(({ isRunning }) => !isRunning);
    await within(RESTART_DEADLINE_MS, Promise.all(down.map((instance) => instance.start())), () => "no restart");
  }

  private async onTraffic({ call, moment, instance: name }: Passage): Promise<"go-on" | "cut"> {
    const point = this.aim?.point;
    const instance = this.world.instances.find((candidate) => candidate.name === name);
    if (!instance?.isRunning || point?.at !== "traffic" || point.call !== call || point.moment !== moment) {
      return "go-on";
    }
    await this.shoot(instance, point.delayMs);
    return "cut";
  }

  private onMutation(moment: "sent" | "answered", instance: Program): void {
    const point = this.aim?.point;
    if (point?.at === "mutation" && point.moment === moment) void this.shoot(instance, point.delayMs);
  }

  private async shoot(instance: Program, delayMs: number): Promise<void> {
    const { aim } = this;
    if (!aim || aim.shot) return;
    aim.shot = waitExactly(delayMs).then(() => instance.kill());
    await aim.shot;
    aim.hit();
  }
}

function drawKillPoint(random: Random): KillPoint {
  const draw = random.next();
  const shortly = random.between(0, 5);
  const traffic = (call: Call, moment: Moment, delayMs = 0): KillPoint => ({ at: "traffic", call, moment, delayMs });
  if (draw < 0.08) return traffic("submit", "arrived", shortly);
  if (draw < 0.18) return traffic("submit", "answered");
  if (draw < 0.36) return traffic("submit", "passed", shortly);
  if (draw < 0.44) return traffic("stream", random.pick(["arrived", "answered"]));
  if (draw < 0.54) return traffic("stream", "passed", random.between(0, 300));
  if (draw < 0.58) return traffic("status", random.pick(["arrived", "answered"]));
  if (draw < 0.66) return traffic("result", random.pick(["arrived", "answered", "passed"]), shortly);
  if (draw < 0.72) return traffic("cancel", random.pick(["arrived", "answered", "passed"]), shortly);
  if (draw < 0.75) return traffic("storage", random.pick(["arrived", "answered", "passed"]));
  if (draw < 0.77) return traffic("history", random.pick(["arrived", "answered", "passed"]), shortly);
  if (draw < 0.83) return { at: "mutation", moment: "sent", delayMs: random.between(0, 12) };
  if (draw < 0.93) return { at: "mutation", moment: "answered", delayMs: random.between(0, 8) };
  if (draw < 0.96) return { at: "start", delayMs: random.between(200, 800) };
  return { at: random.chance(0.5) ? "stop" : "any time", delayMs: random.between(0, 600) };
}

/** What makes the moment come. */
function wishFor(point: KillPoint) {
  return point.at === "traffic" && point.call === "cancel" ? { cancel: "submitted" as const } : undefined;
}
