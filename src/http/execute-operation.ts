import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import type { ReadyOperation } from "./pipeline.js";

/**
 * Runs a query or mutation, or a subscription on one of its updates, which is then the root value. What fails becomes an
 * error of the result.
 */
export type Execute = (operation: ReadyOperation, rootValue?: unknown) => Promise<ExecutionResult>;

/** Documents that come again: one that comes once is not worth compiling, which takes milliseconds. */
const COMPILE_AFTER_USES = 2;

interface Known {
  uses: number;
  /** Null: it can't be compiled, or is better not. */
  compiled?: CompiledQuery | null;
}

/**
 * Execution by GraphQL's reference implementation, except that what comes again and changes nothing is compiled
 * (graphql-jit), at less than half the CPU. What a resolver throws has the same path, place and cause either way. Where
 * GraphQL itself finds fault, with variables, arguments or values, it is run again by the reference, so that the caller
 * reads its words.
 *
 * @param compileAfterUses null: nothing is compiled.
 */
export function createExecute(compileAfterUses: number | null = COMPILE_AFTER_USES): Execute {
  // By document, which the document cache keeps as long as it is used.
  const known = new WeakMap<DocumentNode, Map<string, Known>>();

  const compiledFor = ({ schema, document, operationName, kind }: ReadyOperation): CompiledQuery | null => {
    if (compileAfterUses === null || kind === OperationTypeNode.MUTATION) return null;
    const operations = known.get(document) ?? new Map<string, Known>();
    known.set(document, operations);
    const entry = operations.get(operationName ?? "") ?? { uses: 0 };
    operations.set(operationName ?? "", entry);
    if (entry.compiled !== undefined) return entry.compiled;
    if (entry.uses++ < compileAfterUses) return null;
    const compiled = isCompilable(schema, document)
      ? compileQuery(schema, document, operationName ?? undefined, { disablingCapturingStackErrors: true })
      : null;
    entry.compiled = compiled !== null && isCompiledQuery(compiled) ? compiled : null;
    return entry.compiled;
  };

  return async (operation, rootValue) => {
    const compiled = compiledFor(operation);
    if (compiled !== null) {
      const result = await compiled.query(rootValue, operation.contextValue, operation.variableValues ?? {});
      const isExplained = result.errors?.every(({ originalError }) => originalError !== undefined) ?? true;
      if (isExplained) return result;
    }
    return execute({ ...operation, rootValue });
  };
}

/**
 * What graphql-jit compiles to something else than the specification says is left alone: @skip and @include in fragments,
 * and abstract types whose `resolveType` is asynchronous, as Type-GraphQL makes them.
 */
function isCompilable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let compilable = true;
  const refuse = () => {
    compilable = false;
  };
  const onField = () => {
    if (isAbstractType(getNamedType(types.getType()))) refuse();
  };
  visit(document, visitWithTypeInfo(types, { Directive: refuse, Field: onField }));
  return compilable;
}
