import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { BadUserInputError } from "../errors.js";
import { InpaintJob } from "../schema/inpaint-job.js";
import { InpaintAudioOutput } from "../schema/inpaint-output.js";
import { RequestLog } from "../schema/request-log.js";
import { TimelineEntry } from "../schema/timeline-entry.js";
import type { ApiContext } from "./context.js";
import { presentLogLine } from "./present-log-line.js";
import { presentTimelineEntry } from "./present-timeline.js";

/** As many lines as one answer may carry. */
const MAX_LOG_LINES = 10_000;
const DEFAULT_LOG_LINES = 100;

@Resolver(() => InpaintJob)
export class JobFieldResolver {
  @FieldResolver(() => [RequestLog], { description: "The newest lines of the engine's log, oldest first." })
  async logs(
    @Root() job: InpaintJob,
    @Arg("last", () => Int, {
      defaultValue: DEFAULT_LOG_LINES,
      description: "How many lines from the end: 0 to 10000.",
    })
    last: number,
    @Ctx() context: ApiContext,
  ): Promise<readonly RequestLog[]> {
    if (last < 0 || last > MAX_LOG_LINES) {
      throw new BadUserInputError(`\`last\` must be 0 to ${MAX_LOG_LINES}, got ${last}.`);
    }
    if (last === 0) return [];
    const lines = await context.services.readLogs(context.caller, job.record, last);
    return lines.map(presentLogLine);
  }

  /** Declared with the class; the file's address may be one of this server's own by now. */
  @FieldResolver(() => InpaintAudioOutput, { nullable: true })
  output(@Root() job: InpaintJob, @Ctx() context: ApiContext): Promise<InpaintAudioOutput | null> {
    return context.services.outputOf(job.record);
  }

  @FieldResolver(() => [TimelineEntry], {
    description: "What happened to the job and when, oldest first: the newest 100 entries. Shows where the time went.",
  })
  async timeline(@Root() job: InpaintJob, @Ctx() context: ApiContext): Promise<readonly TimelineEntry[]> {
    const entries = await context.services.readTimeline(context.caller, job.record);
    return entries.map(presentTimelineEntry);
  }

  @FieldResolver(() => String, {
    description:
      "The newest update's cursor: hand it to `inpaintProgress(after:)` to get what comes after this answer.",
  })
  cursor(@Root() job: InpaintJob, @Ctx() context: ApiContext): string {
    return context.services.cursorOf(job.record);
  }
}
