/**
 * How queries are run in tests: `TEST_EXECUTION=compiled` compiles each at its first use, `plain` none; left out, it is
 * as the product does. The tests of the API have to pass all three ways.
 */
const WAYS: Readonly<Record<string, number | null>> = { compiled: 0, plain: null };

export const compileAfterUses: number | null | undefined = WAYS[process.env.TEST_EXECUTION ?? ""];
