import { Field, Int, ObjectType } from "type-graphql";
import { BigInteger } from "./big-integer.js";

@ObjectType({
  simpleResolvers: true,
  description: "What is asked of the engine: the submitted input with defaults and effective values applied.",
})
export class InpaintRequest {
  @Field(() => String, { description: "What the regenerated span should sound like." })
  prompt!: string;

  @Field(() => String, {
    description: "The audio to inpaint. A data: URI is shown shortened, as data:<type>;base64,(<n> bytes).",
  })
  audioUrl!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Length of the result in seconds. Null: the duration of the input audio.",
  })
  secondsTotal!: number | null;

  @Field(() => Int, { description: "How closely the result follows the prompt, 1 to 25." })
  guidanceScale!: number;

  @Field(() => Int, { description: "Where the regenerated span starts, in seconds." })
  maskStart!: number;

  @Field(() => Int, { description: "Where the regenerated span ends, in seconds." })
  maskEnd!: number;

  @Field(() => Int, { description: "Number of denoising steps, 4 to 8." })
  numInferenceSteps!: number;

  @Field(() => BigInteger, {
    nullable: true,
    description: "The seed: the one that was given, or the one drawn when the job was accepted.",
  })
  seed!: bigint | null;
}
