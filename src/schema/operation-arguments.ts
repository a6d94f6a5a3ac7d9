import { ArgsType, Field, ID, Int } from "type-graphql";
import { InpaintAudioInput, SubmitOptions } from "./inpaint-input.js";
import { InpaintJobFilter } from "./inpaint-job-filter.js";

// Classes rather than single @Arg parameters wherever an operation takes several arguments: their fields keep the order
// they are written in, while parameter decorators run backwards.

@ArgsType()
export class InpaintAudioArguments {
  @Field(() => InpaintAudioInput, { description: "What the model is asked for." })
  input!: InpaintAudioInput;

  @Field(() => SubmitOptions, { nullable: true, description: "How it is submitted." })
  options?: SubmitOptions | null;
}

@ArgsType()
export class InpaintJobsArguments {
  @Field(() => Int, { nullable: true, description: "How many jobs from the start of the list: 1 to 100." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only jobs behind this edge's cursor." })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "How many jobs from the end of the list: 1 to 100." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only jobs before this edge's cursor." })
  before?: string | null;

  @Field(() => InpaintJobFilter, { nullable: true, description: "Which jobs. Left out: all." })
  filter?: InpaintJobFilter | null;
}

@ArgsType()
export class InpaintProgressArguments {
  @Field(() => ID, { description: "The job's id." })
  jobId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The cursor of the last update that was seen. Cursors grow, and stay good as long as the job exists, on any " +
      "instance of this server.",
  })
  after?: string | null;
}

@ArgsType()
export class CreateWatchTokenArguments {
  @Field(() => ID, { description: "The job's id." })
  jobId!: string;

  @Field(() => Int, { defaultValue: 900, description: "How many seconds the token is good for: 1 to 86400." })
  ttlSeconds!: number;
}
