import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { CreateAudioUploadInput, CreateAudioUploadPayload } from "../schema/audio-upload.js";
import type { ApiContext } from "./context.js";
import { presentUpload } from "./present-upload.js";

@Resolver()
export class UploadResolver {
  @Mutation(() => CreateAudioUploadPayload, {
    description:
      "Gives a signed address to send a file's bytes to, so that they never pass through GraphQL. Send them with the " +
      "given method and headers, then use `fileUrl` as `audioUrl`.",
  })
  async createAudioUpload(
    @Arg("input", () => CreateAudioUploadInput, { description: "The file that is going to be uploaded." })
    input: CreateAudioUploadInput,
    @Ctx() context: ApiContext,
  ): Promise<CreateAudioUploadPayload> {
    const { upload, faults } = await context.services.createUpload(context.caller, {
      fileName: input.fileName,
      contentType: input.contentType,
      // Beyond 2^53 the exact size does not matter: every such file is too large.
      fileSizeBytes: Number(input.fileSize),
    });
    return { upload: upload === null ? null : presentUpload(upload), userErrors: faults };
  }
}
