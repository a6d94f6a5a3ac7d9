import { isIP } from "node:net";
import { z } from "zod";

/** The kinds of values that settings take, each with words for what is expected. */

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `expected a whole number from ${from} to ${to}`);

export const whole = (from: number, to: number, otherwise: number) => wholeNumber(from, to).default(otherwise);

/** Left out: no limit. */
export const limit = wholeNumber(1, 1e12).optional();

export const usd = z
  .string()
  .regex(/^\d{1,9}(?:\.\d{1,6})?$/, "expected dollars, e.g. 0.20")
  .transform(Number);

export const onOrOff = (otherwise: "on" | "off") =>
  z
    .enum(["on", "off"], "expected on or off")
    .default(otherwise)
    .transform((value) => value === "on");

export const httpUrl = z
  .string()
  .refine((value) => /^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/.test(value) && URL.canParse(value), {
    message: "expected an http(s) URL without user, query or fragment",
  })
  .transform((value) => value.replace(/\/+$/, ""));

export const commaSeparated = (isValid: (entry: string) => boolean, expectation: string) =>
  z
    .string()
    .transform((value) =>
      value
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ""),
    )
    .refine((entries) => entries.every(isValid), expectation)
    .default([]);

export const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

export const isAddressRange = (text: string) => {
  const [address = "", bits = "0", ...rest] = text.split("/");
  const maxBits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= maxBits;
};

const KEY_ENTRY = /^[\w.-]{1,64}:[0-9a-f]{64}$/i;

const keyOf = (entry: string) => ({ name: entry.split(":")[0] ?? "", sha256Hex: entry.split(":")[1] ?? "" });

/** A secret as the server keeps it: under a name, by its hash. */
export const apiKeyEntry = z
  .string()
  .transform((value) => value.trim())
  .refine(
    (entry) => KEY_ENTRY.test(entry),
    "expected <name>:<sha256 of the secret, in hex>; npm run key -- metrics makes one",
  )
  .transform(keyOf);

export const apiKeyEntries = z
  .string()
  .transform((value) => value.split(",").map((entry) => entry.trim()))
  .refine(
    (entries) => entries.every((entry) => KEY_ENTRY.test(entry)),
    "expected <name>:<sha256 of the secret, in hex>, comma separated; npm run key makes one",
  )
  .transform((entries) => entries.map(keyOf));
