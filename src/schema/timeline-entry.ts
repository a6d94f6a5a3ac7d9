import { GraphQLDateTime } from "graphql-scalars";
import { Field, ObjectType } from "type-graphql";

@ObjectType({ simpleResolvers: true, description: "One thing that happened to a job on its way." })
export class TimelineEntry {
  @Field(() => GraphQLDateTime, { description: "When it happened." })
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
