import { Field, Float, ID, ObjectType } from "type-graphql";
import type { LimitName } from "../services/services.js";
import { DateTime } from "./date-time.js";
import { describeEnum } from "./describe-enum.js";

export const LimitNameEnum = describeEnum<LimitName>("LimitName", "What is limited.", {
  ACTIVE_JOBS: "Jobs that are not finished.",
  JOBS_PER_HOUR: "Jobs accepted in the last 60 minutes.",
  JOBS_PER_DAY: "Jobs accepted in the last 24 hours.",
  SPEND_PER_DAY:
    "US dollars for the jobs accepted in the last 24 hours, at the price this server is set to; jobs that turned out " +
    "not to be billed are left out.",
  UPLOAD_BYTES_PER_DAY: "Bytes of audio in the last 24 hours, by `createAudioUpload` and in data: URIs.",
  SUBSCRIPTIONS: "Subscriptions that run now, on this instance of the server.",
  REQUESTS_PER_MINUTE: "Operations asked for in the present minute, on any transport.",
});

@ObjectType({ simpleResolvers: true, description: "One of the caller's limits, and how much of it is used." })
export class Limit {
  @Field(() => LimitNameEnum, { description: "What is limited." })
  name!: LimitName;

  @Field(() => Float, { nullable: true, description: "The bound. Null: there is none." })
  limit!: number | null;

  @Field(() => Float, { description: "How much of it is used." })
  used!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "When what is used next becomes less by itself. Null when nothing is used, or no time can be told.",
  })
  resetsAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "The caller: who it is, and what it may still do." })
export class Viewer {
  @Field(() => ID, { description: "Names the caller. It is no id for `Query.node`." })
  id!: string;

  @Field(() => [Limit], {
    description: "The caller's own limits. The holder of a watch token has only those that watching touches.",
  })
  limits!: readonly Limit[];
}
