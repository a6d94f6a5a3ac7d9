import { readFileSync } from "node:fs";
import {
  astFromValue,
  buildClientSchema,
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  print,
  printSchema,
} from "graphql";
import { describe, expect, it } from "vitest";
import { buildApiSchema } from "../../src/resolvers/build-schema.js";

const contract = buildSchema(readFileSync(new URL("contract.graphql", import.meta.url), "utf8"));
const committedText = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");
const committed = buildSchema(committedText);

/** One line per promise, such as `Query.node(id) : ID!` or `InpaintAudioInput.maskEnd : Int! = 190`. */
function promisesOf(schema: GraphQLSchema): string[] {
  return namedTypes(schema).flatMap((type) => [`${type.name} : ${type.constructor.name}`, ...memberPromises(type)]);
}

function memberPromises(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map((value) => `${type.name}.${value.name}`);
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => `${type.name}.${describeInput(field)}`);
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return [
    ...type.getInterfaces().map((implemented) => `${type.name} implements ${implemented.name}`),
    ...Object.values(type.getFields()).flatMap((field) => [
      `${type.name}.${field.name} : ${field.type}`,
      ...field.args.map((argument) => `${type.name}.${field.name}(${describeInput(argument)})`),
    ]),
  ];
}

function describeInput(input: GraphQLInputField | GraphQLArgument): string {
  const defaultValue = input.defaultValue === undefined ? null : astFromValue(input.defaultValue, input.type);
  return `${input.name} : ${input.type}${defaultValue ? ` = ${print(defaultValue)}` : ""}`;
}

function namedTypes(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
}

/** One line per argument or input field that must be given, such as `Query.node id`. */
function requiredInputs(schema: GraphQLSchema): string[] {
  return inputOwners(schema).flatMap((owner) => {
    const [typeName = "", fieldName = ""] = owner.split(".");
    const type = schema.getType(typeName);
    const inputs = isInputObjectType(type)
      ? Object.values(type.getFields())
      : isObjectType(type)
        ? (type.getFields()[fieldName]?.args ?? [])
        : [];
    return inputs
      .filter((input) => isNonNullType(input.type) && input.defaultValue === undefined)
      .map((input) => `${owner} ${input.name}`);
  });
}

/** Whatever takes values from callers: input types, and fields such as `Query.node`. */
function inputOwners(schema: GraphQLSchema): string[] {
  return namedTypes(schema).flatMap((type) => {
    if (isInputObjectType(type)) return [type.name];
    return isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [];
  });
}

/** Names of everything without a description, root types included. */
function undescribed(schema: GraphQLSchema): string[] {
  return namedTypes(schema).flatMap((type) => {
    const parts: { name: string; description?: string | null | undefined }[] = [type];
    if (isEnumType(type)) parts.push(...type.getValues());
    if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()));
    if (isObjectType(type) || isInterfaceType(type)) {
      parts.push(...Object.values(type.getFields()).flatMap((field) => [field, ...field.args]));
    }
    return parts.filter((part) => !part.description?.trim()).map((part) => `${type.name} ${part.name}`);
  });
}

describe("schema.graphql", () => {
  it("is what the classes generate; if not, run `npm run codegen`", async () => {
    expect(`${printSchema(await buildApiSchema())}\n`).toBe(committedText);
  });

  it("keeps every name, type, nullability and default of the contract", () => {
    const given = new Set(promisesOf(committed));
    expect(promisesOf(contract).filter((promise) => !given.has(promise))).toEqual([]);
  });

  it("requires nothing of callers that the contract does not", () => {
    const promised = new Set(requiredInputs(contract));
    const owners = new Set(inputOwners(contract));
    const added = requiredInputs(committed).filter((input) => !promised.has(input));
    expect(added.filter((input) => owners.has(input.split(" ", 1)[0] ?? ""))).toEqual([]);
  });

  it("describes every type, field, argument and enum value", () => {
    expect(undescribed(committed)).toEqual([]);
  });
});

describe("introspection.json", () => {
  it("describes the same API as schema.graphql; if not, run `npm run codegen`", () => {
    const introspection = JSON.parse(readFileSync(new URL("../../introspection.json", import.meta.url), "utf8"));
    expect(new Set(promisesOf(buildClientSchema(introspection)))).toEqual(new Set(promisesOf(committed)));
  });
});
