import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
} from "graphql";

/** Arguments that say how many items come back. */
const PAGE_ARGUMENTS = ["first", "last"];
/** A page when none is asked for: what the resolvers take. */
const DEFAULT_PAGE_SIZE = 20;
/** Lists that can't be asked for in pages are short, except the log lines of a live update, sent once. */
const UNPAGED_LIST_SIZE = 10;
/** The whole schema, however much of it is asked for: it is a fixed amount. */
const INTROSPECTION_COST = 5_000;

/** How many values the answer of a valid document's operation may hold. */
export type CostMeter = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
) => number;

/** Measures an operation anew only where its variables say how long a page is. */
export function createCostMeter(schema: GraphQLSchema): CostMeter {
  const fixedCosts = new WeakMap<OperationDefinitionNode, number>();
  return (document, operation, variables) => {
    const known = fixedCosts.get(operation);
    if (known !== undefined) return known;
    const { cost, isFixed } = measureCost(schema, document, operation, variables);
    if (isFixed) fixedCosts.set(operation, cost);
    return cost;
  };
}

/**
 * Each field counts one, times the sizes of the lists around it. A list's size is its `first` or `last`; in a connection
 * they belong to the lists directly below (`edges`, `nodes`). Takes time in proportion to the document's length, fragments
 * inside fragments included.
 */
function measureCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): { readonly cost: number; readonly isFixed: boolean } {
  let isFixed = true;
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const fragmentCosts = new Map<string, number>();
  const read = (value: ValueNode): unknown => {
    if (value.kind === Kind.INT) return Number(value.value);
    if (value.kind !== Kind.VARIABLE) return null;
    isFixed = false;
    const given = variables[value.name.value];
    if (given !== undefined) return given;
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === value.name.value);
    return definition?.defaultValue ? read(definition.defaultValue) : null;
  };

  /** The page size the field is asked for, null when it knows none. */
  const pageSizeOf = (node: FieldNode, field: GraphQLField<unknown, unknown>): number | null => {
    const names = field.args.filter(({ name }) => PAGE_ARGUMENTS.includes(name));
    if (names.length === 0) return null;
    const sizes = names
      .map(({ name, defaultValue }) => {
        const argument = node.arguments?.find((candidate) => candidate.name.value === name);
        return argument ? read(argument.value) : defaultValue;
      })
      .filter((size): size is number => typeof size === "number" && size >= 0);
    return sizes.length > 0 ? Math.max(...sizes) : DEFAULT_PAGE_SIZE;
  };

  const costOfField = (node: FieldNode, typeName: string, sizeAround: number | null): number => {
    if (node.name.value === "__schema" || node.name.value === "__type") return INTROSPECTION_COST;
    const type = schema.getType(typeName);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    // __typename, for one.
    if (field === undefined || node.selectionSet === undefined) return 1;
    const inner = getNamedType(field.type);
    if (!isCompositeType(inner)) return 1;
    const ownSize = pageSizeOf(node, field);
    const isList = isListType(getNullableType(field.type));
    const count = isList ? (ownSize ?? sizeAround ?? UNPAGED_LIST_SIZE) : 1;
    return 1 + count * costOfSelections(node.selectionSet.selections, inner.name, isList ? null : ownSize);
  };

  const costOfSelections = (
    selections: readonly SelectionNode[],
    typeName: string,
    sizeAround: number | null,
  ): number => {
    let cost = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) cost += costOfField(selection, typeName, sizeAround);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) cost += costOfFragment(selection.name.value, sizeAround);
      else {
        const inner = selection.typeCondition?.name.value ?? typeName;
        cost += costOfSelections(selection.selectionSet.selections, inner, sizeAround);
      }
    }
    return cost;
  };

  const costOfFragment = (name: string, sizeAround: number | null): number => {
    const key = `${name} ${sizeAround}`;
    const known = fragmentCosts.get(key);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    const cost = fragment
      ? costOfSelections(fragment.selectionSet.selections, fragment.typeCondition.name.value, sizeAround)
      : 0;
    fragmentCosts.set(key, cost);
    return cost;
  };

  const root = schema.getRootType(operation.operation);
  const cost = root ? costOfSelections(operation.selectionSet.selections, root.name, null) : 0;
  return { cost, isFixed };
}
