import {
  type ASTNode,
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  getOperationAST,
  Kind,
  visit,
} from "graphql";
import type { Execute } from "./execute-operation.js";
import type { ReadyOperation } from "./pipeline.js";

/** What a subscription gives, pulled one by one; a result may be the same object for several subscriptions. */
export interface ResultStream extends AsyncIterableIterator<ExecutionResult> {
  next(): Promise<IteratorResult<ExecutionResult, undefined>>;
  /** Ends the stream at once, also while a result is awaited. */
  return(): Promise<IteratorResult<ExecutionResult, undefined>>;
}

/** Starts a subscription. Gives no stream but a result when it can't be started. */
export type Subscribe = (operation: ReadyOperation) => Promise<ExecutionResult | ResultStream>;

/**
 * Subscriptions whose updates are executed once for all that ask the same of the same update. The services give all who
 * may see the same the very same object as update, so that it stands for what was seen; the rest of the key is what else
 * an answer depends on. Where an update comes from, and how long, is each subscription's own.
 */
export function createSubscribe(execute: Execute): Subscribe {
  const shared = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  const keyOf = createQuestionKeys();

  return async (operation) => {
    const source = await createSourceEventStream(operation);
    if (!(Symbol.asyncIterator in source)) return source;
    const updates = source[Symbol.asyncIterator]();
    const question = keyOf(operation);

    const answer = (update: object): Promise<ExecutionResult> => {
      const answers = shared.get(update);
      const known = answers?.get(question);
      if (known !== undefined) return known;
      const result = execute(operation, update);
      if (answers === undefined) shared.set(update, new Map([[question, result]]));
      else answers.set(question, result);
      return result;
    };

    const results: ResultStream = {
      // Chained rather than awaited: it waits most of the time, and a suspended function takes more memory.
      next: () =>
        updates
          .next()
          .then(({ done, value }) =>
            done
              ? { done, value: undefined }
              : answer(value as object).then((result) => ({ done: false, value: result })),
          ),
      async return() {
        await updates.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => results,
    };
    return results;
  };
}

interface Question {
  readonly id: number;
  /** Names of those that are used below the root field. */
  readonly variables: readonly string[];
}

/**
 * Names what an operation asks of an update, and for whom: equal exactly when document, operation, caller and all
 * variables are, save those that only say which updates are wanted: what the root field itself is given.
 */
function createQuestionKeys(): (operation: ReadyOperation) => string {
  const known = new WeakMap<
    DocumentNode,
    Map<string, { readonly id: number; readonly variables: readonly string[] }>
  >();
  let nextId = 0;

  return ({ document, operationName, variableValues, contextValue: { caller } }) => {
    const operations = known.get(document) ?? new Map<string, Question>();
    known.set(document, operations);
    const question = operations.get(operationName ?? "") ?? {
      id: nextId++,
      variables: variablesBelowRoot(document, operationName),
    };
    operations.set(operationName ?? "", question);
    const variables = Object.fromEntries(question.variables.map((name) => [name, variableValues?.[name]]));
    return JSON.stringify([question.id, caller.id, caller.onlyJobId ?? null, variables]);
  };
}

function variablesBelowRoot(document: DocumentNode, operationName: string | null | undefined): readonly string[] {
  const names = new Set<string>();
  const collect = (node: ASTNode) => visit(node, { Variable: ({ name }) => void names.add(name.value) });
  for (const selection of getOperationAST(document, operationName)?.selectionSet.selections ?? []) {
    if (selection.kind !== Kind.FIELD) collect(selection);
    else for (const part of [...(selection.directives ?? []), selection.selectionSet]) if (part) collect(part);
  }
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) collect(definition);
  return [...names];
}
