import { writeFileSync } from "node:fs";
import { printSchema } from "graphql";
import { buildApiSchema } from "./build-schema.js";

/** Writes the API's SDL to the file named on the command line. */
const [, , target] = process.argv;
if (target === undefined) throw new Error("Name the file to write: node dist/resolvers/print-schema.js schema.graphql");
writeFileSync(target, `${printSchema(await buildApiSchema())}\n`);
