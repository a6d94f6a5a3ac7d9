import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode, visit } from "graphql";

/** How large and how costly an operation may be. What goes beyond is refused before anything is executed. */
export interface DocumentLimits {
  /** Words and signs of the text. */
  readonly maxTokens: number;
  /** Fields below one another, fragments followed. */
  readonly maxDepth: number;
  /** Fields, as written. */
  readonly maxFields: number;
  /** Aliased fields, as written: each can make the same costly field run again. */
  readonly maxAliases: number;
  /** Directives, as written. */
  readonly maxDirectives: number;
  /** Values that the answer may hold, by the page sizes that are asked for (see operation-cost.ts). */
  readonly maxCost: number;
}

/** Far more than the allowed tokens need: blanks and comments are no tokens, but take time too. */
const MAX_DOCUMENT_CHARACTERS = 100_000;
/** Errors told of one document or one set of variables. */
export const MAX_REQUEST_ERRORS = 5;

export const QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX";

export function findLengthFault(text: string): GraphQLError | null {
  return faultBeyond(MAX_DOCUMENT_CHARACTERS, text.length, "characters", "Pass large values as variables.");
}

/** Cheap counts, to be made before validation, which takes time that grows with their square. */
export function findCountFault(document: DocumentNode, limits: DocumentLimits): GraphQLError | null {
  let fields = 0;
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field: (field) => {
      fields += 1;
      if (field.alias !== undefined) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
  });
  const advice = "Send several smaller requests.";
  return (
    faultBeyond(limits.maxAliases, aliases, "aliases", advice) ??
    faultBeyond(limits.maxFields, fields, "fields", advice) ??
    faultBeyond(limits.maxDirectives, directives, "directives", advice)
  );
}

/** For a valid document, whose fragments exist and don't form circles. */
export function findDepthFault(document: DocumentNode, limits: DocumentLimits): GraphQLError | null {
  return faultBeyond(limits.maxDepth, measureDepth(document), "levels of fields", "Ask for less at once.");
}

export function findCostFault(cost: number, limits: DocumentLimits): GraphQLError | null {
  return faultBeyond(limits.maxCost, cost, "values to answer", "Ask for smaller pages (first, last) or fewer fields.");
}

function faultBeyond(limit: number, found: number, unit: string, advice: string): GraphQLError | null {
  if (found <= limit) return null;
  const [came, allowed] = [found, limit].map((value) => value.toLocaleString("en-US"));
  return new GraphQLError(`The operation has ${came} ${unit}, more than the ${allowed} allowed here. ${advice}`, {
    extensions: { code: QUERY_TOO_COMPLEX },
  });
}

function measureDepth(document: DocumentNode): number {
  const fragments = new Map<string, number>();
  const depthOf = ({ selectionSet }: { readonly selectionSet?: SelectionSetNode | undefined }): number => {
    const depths = selectionSet?.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return depthOfFragment(selection.name.value);
      return depthOf(selection) + (selection.kind === Kind.FIELD ? 1 : 0);
    });
    return Math.max(0, ...(depths ?? []));
  };
  const depthOfFragment = (name: string): number => {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    const depth = Math.max(
      ...document.definitions.map((node) =>
        node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name ? depthOf(node) : 0,
      ),
    );
    fragments.set(name, depth);
    return depth;
  };
  return Math.max(...document.definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? depthOf(node) : 0)));
}
