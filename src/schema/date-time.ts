import { GraphQLScalarType } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { isoText } from "./iso-text.js";

const { serialize, ...config } = GraphQLDateTime.toConfig();

/**
 * graphql-scalars' DateTime, written as text at once: left to JSON.stringify, dates take much longer, and they are the most
 * expensive values of a page of jobs.
 */
export const DateTime = new GraphQLScalarType<Date, string>({
  ...config,
  serialize: (value) => isoText(serialize(value) as Date),
});
