import { Field, ObjectType } from "type-graphql";
import { DateTime } from "./date-time.js";

@ObjectType({ simpleResolvers: true, description: "One thing that happened to a job on its way." })
export class TimelineEntry {
  @Field(() => DateTime, { description: "When it happened." })
  at!: Date;

  @Field(() => String, {
    description:
      "What happened: `accepted`, `sent`, `put-back`, `unconfirmed`, `submitted` (the engine has taken it), `started`, " +
      "`requeued`, `fallback`, `cancel-requested`, `taken-over`, `finished`, `delivered`. There may be more one day.",
  })
  event!: string;

  @Field(() => String, { nullable: true, description: "More about it, for a person; for `finished` the status." })
  detail!: string | null;
}
