import { Field, ObjectType } from "type-graphql";
import { BigInteger } from "./big-integer.js";

@ObjectType({ simpleResolvers: true, description: "A file the model made." })
export class File {
  @Field(() => String, { description: "Where the file can be downloaded." })
  url!: string;

  @Field(() => String, { nullable: true, description: 'The file\'s media type, such as "audio/wav".' })
  contentType!: string | null;

  @Field(() => String, { nullable: true, description: "The file's name." })
  fileName!: string | null;

  @Field(() => BigInteger, { nullable: true, description: "The file's size in bytes." })
  fileSize!: number | null;

  @Field(() => String, { nullable: true, description: "The file's content, where the engine sent it inline." })
  fileData!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Output of fal-ai/stable-audio-25/inpaint." })
export class InpaintAudioOutput {
  @Field(() => File, { description: "The inpainted audio." })
  audio!: File;

  @Field(() => BigInteger, {
    description: "The seed that was used. The same input with the same seed gives the same result.",
  })
  seed!: bigint;
}
