import { Ctx, Query, Resolver } from "type-graphql";
import { Service } from "../schema/service.js";
import { MODEL_ID } from "../services/job.js";
import type { ApiContext } from "./context.js";
import { packageVersion } from "./package-version.js";

@Resolver()
export class ServiceResolver {
  @Query(() => Service, { description: "What this server is and what it is connected to." })
  service(@Ctx() context: ApiContext): Service {
    const engine = context.services.describeEngine(context.caller);
    return {
      version: packageVersion,
      model: MODEL_ID,
      engine: engine.kind,
      engineStatus: engine.status,
      engineMessage: engine.message,
    };
  }
}
