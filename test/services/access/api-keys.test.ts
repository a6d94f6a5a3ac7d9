import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { type ApiKey, createApiKey, findKeyOwner } from "../../../src/services/access/api-keys.js";

function readEntry(entry: string): ApiKey {
  const [name = "", sha256Hex = ""] = entry.split(":");
  return { name, sha256Hex };
}

it("makes a key whose entry holds the secret's hash and not the secret", () => {
  const { secret, entry } = createApiKey("studio");

  expect(secret).toMatch(/^punchin_[\w-]{43}$/);
  expect(entry).toBe(`studio:${createHash("sha256").update(secret).digest("hex")}`);
  expect(createApiKey("studio").secret).not.toBe(secret);
});

it("knows each caller by any of its keys, and strangers by none", () => {
  const [first, second, radio] = ["studio", "studio", "radio"].map(createApiKey);
  const keys = [first, second, radio].map((key) => readEntry(key?.entry ?? ""));

  expect(findKeyOwner(keys, first?.secret ?? "")).toBe("studio");
  expect(findKeyOwner(keys, second?.secret ?? "")).toBe("studio");
  expect(findKeyOwner(keys, radio?.secret ?? "")).toBe("radio");
  for (const wrong of ["", "studio", first?.entry ?? "", `${first?.secret} `, first?.secret.slice(1) ?? ""]) {
    expect(findKeyOwner(keys, wrong)).toBeNull();
  }
});

it("knows nobody without keys", () => {
  expect(findKeyOwner([], "anything")).toBeNull();
});
