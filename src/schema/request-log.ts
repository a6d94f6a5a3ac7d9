import { Field, Int, ObjectType } from "type-graphql";
import type { LogLevel } from "../services/job.js";
import { DateTime } from "./date-time.js";
import { LogLevelEnum } from "./job-enums.js";

@ObjectType({ simpleResolvers: true, description: "One line of the engine's log of a job." })
export class RequestLog {
  @Field(() => Int, {
    description:
      "Counts the job's lines from 1 and never changes: a client that has seen line n skips the lines up to n.",
  })
  sequence!: number;

  @Field(() => String, { description: "The line's text, as the engine wrote it." })
  message!: string;

  @Field(() => LogLevelEnum, { description: "What kind of line it is." })
  level!: LogLevel;

  @Field(() => String, { nullable: true, description: "The part of the engine that wrote it, where known." })
  source!: string | null;

  @Field(() => DateTime, { description: "When the engine wrote it." })
  timestamp!: Date;
}
