import type { JsonObject } from "./lossless-body.js";
import { numberText } from "./lossless-body.js";
import type { ErrorDetail } from "./model-error.js";
import { errorDetail } from "./model-error.js";

const INTEGER = /^[+-]?\d+$/;
/** 15.0 and 1.5e1 are integers to fal's validator. */
const WHOLE_DECIMAL = /^[+-]?\d+\.0*$/;
const BOOLEANS = new Map<unknown, boolean>([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

export interface NumberRange {
  min: bigint;
  max: bigint;
}

/**
 * Reads the fields of a model input the way fal's validator (Pydantic 2, lax mode) does and collects every fault:
 * numbers in strings are taken, unknown fields are ignored. A faulty or absent field reads as its default.
 */
export class InputFields {
  readonly faults: ErrorDetail[] = [];

  constructor(private readonly input: JsonObject) {}

  requiredString(name: string): string {
    const value = this.value(name);
    if (value === undefined) {
      this.fault(name, "missing", "Field required");
      return "";
    }
    if (typeof value === "string") return value;
    this.fault(name, "string_type", "Input should be a valid string", { input: value });
    return "";
  }

  /** null, like absence, reads as the default where the default is null. */
  integer<Default extends bigint | null>(name: string, range: NumberRange, byDefault: Default): bigint | Default {
    const value = this.value(name);
    if (value === undefined || (value === null && byDefault === null)) return byDefault;
    const parsed = this.parseInteger(name, value);
    if (parsed === null) return byDefault;
    return this.inRange(name, value, parsed, range) ? parsed : byDefault;
  }

  number(name: string, range: NumberRange, byDefault: number): number {
    const value = this.value(name);
    if (value === undefined) return byDefault;
    const text = numberText(value) ?? (typeof value === "string" ? value.trim() : null);
    const parsed = text === null || text === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(parsed)) {
      const type = typeof value === "string" ? "float_parsing" : "float_type";
      this.fault(name, type, "Input should be a valid number", { input: value });
      return byDefault;
    }
    return this.inRange(name, value, parsed, range) ? parsed : byDefault;
  }

  boolean(name: string, byDefault: boolean): boolean {
    const value = this.value(name);
    if (value === undefined) return byDefault;
    if (typeof value === "boolean") return value;
    const parsed = BOOLEANS.get(numberText(value) ?? (typeof value === "string" ? value.toLowerCase() : value));
    if (parsed !== undefined) return parsed;
    this.fault(name, "bool_parsing", "Input should be a valid boolean", { input: value });
    return byDefault;
  }

  fault(
    name: string,
    type: string,
    message: string,
    extra: { ctx?: Record<string, unknown>; input?: unknown } = {},
  ): void {
    this.faults.push(errorDetail(type, ["body", name], message, extra));
  }

  /** Only own members count: `{}` has no "constructor". */
  private value(name: string): unknown {
    return Object.hasOwn(this.input, name) ? this.input[name] : undefined;
  }

  private parseInteger(name: string, value: unknown): bigint | null {
    const written = numberText(value);
    const text = written ?? (typeof value === "string" ? value.trim() : null);
    if (text === null) {
      this.fault(name, "int_type", "Input should be a valid integer", { input: value });
      return null;
    }
    if (INTEGER.test(text) && text.length <= MAX_INTEGER_CHARACTERS) return BigInt(text.replace(/^\+/, ""));
    if (WHOLE_DECIMAL.test(text) && text.length <= MAX_INTEGER_CHARACTERS) {
      return BigInt(text.slice(0, text.indexOf(".")));
    }
    if (written === null || text.length > MAX_INTEGER_CHARACTERS) {
      const message = "Input should be a valid integer, unable to parse string as an integer";
      this.fault(name, "int_parsing", message, { input: value });
      return null;
    }
    const number = Number(text);
    if (Number.isInteger(number)) return BigInt(number);
    const message = "Input should be a valid integer, got a number with a fractional part";
    this.fault(name, "int_from_float", message, { input: value });
    return null;
  }

  private inRange(name: string, value: unknown, parsed: bigint | number, range: NumberRange): boolean {
    if (parsed < range.min) {
      const message = `Input should be greater than or equal to ${range.min}`;
      this.fault(name, "greater_than_equal", message, { ctx: { ge: range.min }, input: value });
      return false;
    }
    if (parsed > range.max) {
      const message = `Input should be less than or equal to ${range.max}`;
      this.fault(name, "less_than_equal", message, { ctx: { le: range.max }, input: value });
      return false;
    }
    return true;
  }
}

/** A 64-bit integer has 20 characters at most; far more is no number anybody means, and slow to convert. */
const MAX_INTEGER_CHARACTERS = 40;
