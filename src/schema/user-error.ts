import { Field, ObjectType } from "type-graphql";
import type { UserErrorCode } from "../services/services.js";
import { describeEnum } from "./describe-enum.js";

export const UserErrorCodeEnum = describeEnum<UserErrorCode>(
  "UserErrorCode",
  "What is wrong with a mutation's input. Codes are stable: build on them rather than on texts.",
  {
    INVALID: "The value has the wrong form, or is not supported.",
    OUT_OF_RANGE: "The value lies outside the allowed range; the message states the range.",
    MASK_INVALID: "The mask is empty, or starts behind the end of the audio.",
    AUDIO_INVALID: "The audio cannot be used: not a supported URL, malformed, empty or too large.",
    IDEMPOTENCY_CONFLICT: "The idempotency key was used before, with another input or other options.",
    NOT_FOUND: "There is no such object.",
    QUOTA_EXCEEDED: "A limit of the caller is reached; the message says which, and when to try again.",
  },
);

@ObjectType({
  simpleResolvers: true,
  description:
    "Something the caller can put right. Faults of the server, refused credentials and throttling are GraphQL " +
    "errors with `extensions.code` instead.",
})
export class UserError {
  @Field(() => UserErrorCodeEnum, { description: "The stable reason." })
  code!: UserErrorCode;

  @Field(() => String, { description: "What was expected, what came, and what to do." })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Path of input field names, such as ["maskEnd"] or ["options", "webhookUrl"].',
  })
  field!: readonly string[] | null;
}
