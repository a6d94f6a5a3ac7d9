import { Field, InputType, ObjectType } from "type-graphql";
import { BigInteger } from "./big-integer.js";
import { DateTime } from "./date-time.js";
import { UserError } from "./user-error.js";

@InputType({ description: "The file that is going to be uploaded." })
export class CreateAudioUploadInput {
  @Field(() => String, { description: 'The file\'s name, such as "song.wav".' })
  fileName!: string;

  @Field(() => String, { description: 'The file\'s media type, such as "audio/wav".' })
  contentType!: string;

  @Field(() => BigInteger, { description: "The file's exact size in bytes." })
  fileSize!: bigint;
}

@ObjectType({ simpleResolvers: true, description: "A header that has to be sent as given." })
export class HttpHeader {
  @Field(() => String, { description: "The header's name." })
  name!: string;

  @Field(() => String, { description: "The header's value." })
  value!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "A signed address that takes the file's bytes, so that they never pass through GraphQL.",
})
export class AudioUpload {
  @Field(() => String, { description: "Where to send the bytes." })
  uploadUrl!: string;

  @Field(() => String, { description: "The HTTP method to send them with." })
  method!: string;

  @Field(() => [HttpHeader], { description: "Headers to send along, all of them." })
  headers!: readonly HttpHeader[];

  @Field(() => String, { description: "Names the uploaded file: use it as `audioUrl` of `inpaintAudio`." })
  fileUrl!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: "Until when the address takes the bytes. Null: not known.",
  })
  expiresAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer to `createAudioUpload`." })
export class CreateAudioUploadPayload {
  @Field(() => AudioUpload, { nullable: true, description: "Where to upload. Null when there are user errors." })
  upload!: AudioUpload | null;

  @Field(() => [UserError], {
    description: "What the caller has to put right. Empty when the mutation was carried out.",
  })
  userErrors!: readonly UserError[];
}
