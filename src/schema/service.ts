import { Field, ObjectType } from "type-graphql";
import type { EngineDescription } from "../services/services.js";
import { describeEnum } from "./describe-enum.js";

export const EngineKindEnum = describeEnum<EngineDescription["kind"]>("EngineKind", "What does the inpainting.", {
  FAL: "fal.ai runs the model.",
  LOCAL: "An engine of this installation, speaking fal's protocol. It works without a key and without the model.",
});

export const EngineStatusEnum = describeEnum<EngineDescription["status"]>(
  "EngineStatus",
  "Whether requests are being sent to the engine.",
  {
    OK: "Requests are sent.",
    PAUSED: "Sending waits, because the engine refused or did not answer; accepted jobs are kept and sent later.",
  },
);

@ObjectType({
  simpleResolvers: true,
  description: "What this server is and what it is connected to, for clients that adapt to it.",
})
export class Service {
  @Field(() => String, { description: "The server's version." })
  version!: string;

  @Field(() => String, { description: "The model that is served, by its fal endpoint id." })
  model!: string;

  @Field(() => EngineKindEnum, { description: "What does the inpainting." })
  engine!: EngineDescription["kind"];

  @Field(() => EngineStatusEnum, { description: "Whether requests are being sent to the engine." })
  engineStatus!: EngineDescription["status"];

  @Field(() => String, { nullable: true, description: "Why sending is paused, in plain words. Null while OK." })
  engineMessage!: string | null;
}
