import { GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, graphql, parseValue } from "graphql";
import { describe, expect, it } from "vitest";
import { BigInteger } from "../../src/schema/big-integer.js";

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      digits: {
        type: GraphQLString,
        args: { of: { type: new GraphQLNonNull(BigInteger) } },
        resolve: (_root, { of }: { of: bigint }) => `${typeof of}:${of}`,
      },
    },
  }),
});

const literal = (text: string) => BigInteger.parseLiteral(parseValue(text));

describe("BigInt", () => {
  it.each([
    [0, 0n],
    [-1, -1n],
    [9_007_199_254_740_991, 9_007_199_254_740_991n],
    ["18446744073709551615", 18_446_744_073_709_551_615n],
    ["-7", -7n],
    [5n, 5n],
  ])("reads %s from a variable", (value, expected) => {
    expect(BigInteger.parseValue(value)).toBe(expected);
  });

  it.each([9_007_199_254_740_992, -9_007_199_254_740_992, 1e300])(
    "refuses the unsafe number %s: send a string",
    (value) => {
      expect(() => BigInteger.parseValue(value)).toThrow(/send a string/);
    },
  );

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, "", "1.0", "0x10", "1e3", " 1", "１", true, null, {}, [1]])(
    "refuses %j",
    (value) => {
      expect(() => BigInteger.parseValue(value)).toThrow(/BigInt must be a whole number/);
    },
  );

  it("keeps every digit of a literal, as a number and as a string", () => {
    const digits = "123456789".repeat(40);
    expect(literal(digits)).toBe(BigInt(digits));
    expect(literal(`"-${digits}"`)).toBe(-BigInt(digits));
  });

  it.each(["1.5", "true", "ENUM", "[1]", "{ a: 1 }"])("refuses the literal %s", (text) => {
    expect(() => literal(text)).toThrow(/BigInt must be/);
  });

  it("refuses digits without end before it converts them", () => {
    expect(() => BigInteger.parseValue("9".repeat(5_000))).toThrow("BigInt has at most 4096 digits, got 5000.");
  });

  it.each([
    [42, 42],
    [42n, 42],
    [-9_007_199_254_740_991n, -9_007_199_254_740_991],
    [9_007_199_254_740_992n, "9007199254740992"],
    [18_446_744_073_709_551_615n, "18446744073709551615"],
  ])("writes %s as a number while that is exact, as a string beyond", (value, expected) => {
    expect(BigInteger.serialize(value)).toBe(expected);
  });

  it.each([1.5, Number.NaN, 2 ** 53, "12", null])("does not write %s", (value) => {
    expect(() => BigInteger.serialize(value)).toThrow(TypeError);
  });

  it("carries exact digits through a whole operation", async () => {
    const source =
      "query ($variable: BigInt!) { literal: digits(of: 18446744073709551615) variable: digits(of: $variable) }";
    const result = await graphql({ schema, source, variableValues: { variable: "18446744073709551615" } });
    expect(result.data).toEqual({
      literal: "bigint:18446744073709551615",
      variable: "bigint:18446744073709551615",
    });
  });
});
