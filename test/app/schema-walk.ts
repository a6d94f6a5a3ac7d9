import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  OperationTypeNode,
} from "graphql";

export type Values = Readonly<Record<string, unknown>>;

/** A field of Query, Mutation or Subscription. */
export interface RootField {
  /** Such as "Query.node". */
  readonly name: string;
  readonly operation: OperationTypeNode;
  readonly field: GraphQLField<unknown, unknown>;
}

/** A place where a caller may put a value, such as "Query.node(id)" or "SubmitOptions.idempotencyKey". */
export interface InputPlace {
  readonly name: string;
  readonly typeName: string;
  /** Where it is among the field's variables. */
  readonly path: readonly string[];
}

export function rootFields(schema: GraphQLSchema): RootField[] {
  return Object.values(OperationTypeNode).flatMap((operation) => {
    const type = schema.getRootType(operation);
    return Object.values(type?.getFields() ?? {}).map((field) => ({
      name: `${type?.name}.${field.name}`,
      operation,
      field,
    }));
  });
}

/** Every single value that the root field takes, inside its input objects, too. */
export function inputPlaces({ name, field }: RootField): InputPlace[] {
  return field.args.flatMap((argument) => placesIn(argument, `${name}(${argument.name})`, [argument.name], []));
}

function placesIn(
  input: GraphQLArgument | GraphQLInputField,
  name: string,
  path: readonly string[],
  within: readonly string[],
): InputPlace[] {
  const type = getNamedType(input.type);
  if (!isInputObjectType(type)) return [{ name, typeName: type.name, path }];
  if (within.includes(type.name)) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    placesIn(field, `${type.name}.${field.name}`, [...path, field.name], [...within, type.name]),
  );
}

/** A document that asks a root field for everything it can give, with these values. */
export function documentFor({ operation, field }: RootField, schema: GraphQLSchema, values: Values): string {
  const used = field.args.filter(({ name }) => name in values);
  const declared = used.map(({ name, type }) => `$${name}: ${type}`).join(", ");
  const passed = used.map(({ name }) => `${name}: $${name}`).join(", ");
  return `${operation} ${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${selection(getNamedType(field.type), schema, [])} }`;
}

/** All fields, down to the first type that comes a second time. */
function selection(type: GraphQLNamedType, schema: GraphQLSchema, within: readonly string[]): string {
  if (isAbstractType(type)) {
    const parts = schema.getPossibleTypes(type).map((part) => `... on ${part.name} ${selection(part, schema, within)}`);
    return `{ __typename ${parts.join(" ")} }`;
  }
  if (!isObjectType(type)) return "";
  const fields = Object.values(type.getFields())
    .filter((field) => !within.includes(getNamedType(field.type).name))
    .filter(({ args }) =>
      args.every(({ type: given, defaultValue }) => !isNonNullType(given) || defaultValue !== undefined),
    )
    .map((field) => `${field.name} ${selection(getNamedType(field.type), schema, [...within, type.name])}`);
  return `{ __typename ${fields.join(" ")} }`;
}

/** What has to be given to a root field at least, from samples by type name. */
export function requiredValues({ name, field }: RootField, samples: Values): Values {
  const required = field.args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
  return Object.fromEntries(required.map((argument) => [argument.name, sampleOf(argument.type, samples, name)]));
}

function sampleOf(type: GraphQLInputType, samples: Values, where: string): unknown {
  const { name } = getNamedType(type);
  if (!(name in samples)) throw new Error(`${where} needs a ${name}: give this test a sample of one.`);
  return samples[name];
}

/** The values with another one at that place. */
export function withValue(values: Values, [first = "", ...rest]: readonly string[], value: unknown): Values {
  if (rest.length === 0) return { ...values, [first]: value };
  return { ...values, [first]: withValue((values[first] ?? {}) as Values, rest, value) };
}
