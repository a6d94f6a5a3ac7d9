import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";

/**
 * Far more digits than any seed or byte count has. Converting digits costs more than linear time, so a request
 * made of digits alone must not be able to hold the process up.
 */
const MAX_DIGITS = 4_096;

const WHOLE_NUMBER = /^-?\d+$/;

function fromDigits(digits: string): bigint {
  if (!WHOLE_NUMBER.test(digits)) {
    throw new GraphQLError(
      `BigInt must be a whole number such as 42 or "18446744073709551615", got "${shorten(digits)}".`,
    );
  }
  if (digits.length > MAX_DIGITS) {
    throw new GraphQLError(`BigInt has at most ${MAX_DIGITS} digits, got ${digits.length}.`);
  }
  return BigInt(digits);
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

/** Throws GraphQLError for anything but a whole number whose digits are all known. */
function parseBigInteger(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "string") return fromDigits(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return BigInt(value);
    if (Number.isInteger(value)) {
      // JSON.parse has already rounded it: the digits that were sent are gone.
      throw new GraphQLError(`BigInt ${value} is beyond 2^53, where a JSON number loses digits: send a string.`);
    }
    throw new GraphQLError(`BigInt must be a whole number, got ${value}.`);
  }
  throw new GraphQLError(`BigInt must be a whole number or a string of digits, got ${describe(value)}.`);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}

/** A literal's digits come as text from the document, so that none is lost whatever its length. */
function parseBigIntegerLiteral(node: ValueNode): bigint {
  if (node.kind === Kind.INT || node.kind === Kind.STRING) return fromDigits(node.value);
  throw new GraphQLError("BigInt must be a whole number or a string of digits.", { nodes: node });
}

/** A JSON number while that is exact, a decimal string beyond. Throws for what is not a whole number: a bug of ours. */
function serializeBigInteger(value: unknown): number | string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value === "bigint") {
    const asNumber = Number(value);
    return Number.isSafeInteger(asNumber) ? asNumber : value.toString();
  }
  throw new TypeError(`BigInt cannot represent ${String(value)}.`);
}

/** A whole number beyond GraphQL's 32-bit Int; seeds and byte counts need it. */
export const BigInteger = new GraphQLScalarType<bigint, number | string>({
  name: "BigInt",
  description:
    "A whole number that may exceed GraphQL's 32-bit Int, such as a seed or a byte count. In results it is a JSON " +
    "number while that is exact (its magnitude is below 2^53) and a string of decimal digits beyond. As an argument " +
    "either form is accepted; a JSON number beyond 2^53 is refused, because its digits would be lost: send a string.",
  serialize: serializeBigInteger,
  parseValue: parseBigInteger,
  parseLiteral: parseBigIntegerLiteral,
});
