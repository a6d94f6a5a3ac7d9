import { expect, it } from "vitest";
import { SigningKeys } from "../../src/services/signing-keys.js";
import { openStore } from "../support/open-store.js";

async function openKeys(place?: string) {
  const opened = await openStore(() => {}, place);
  let now = 1_000;
  return { ...opened, keys: new SigningKeys(opened.database, () => now++) };
}

it("makes a key at its first use, and keeps it across restarts", async () => {
  const first = await openKeys();
  const key = await first.keys.current("watch-token");
  await first.close();
  const second = await openKeys(first.place);

  expect(key.secret).toHaveLength(32);
  expect(await second.keys.current("watch-token")).toEqual(key);
  expect(await second.keys.find("watch-token", key.id)).toEqual(key);
});

it("knows no key by another id", async () => {
  const { keys } = await openKeys();
  await keys.current("watch-token");

  expect(await keys.find("watch-token", "other")).toBeNull();
});

it("forgets all keys that are replaced", async () => {
  const { keys } = await openKeys();
  const old = await keys.current("watch-token");

  const replaced = await keys.replace("watch-token");

  expect(replaced.secret.equals(old.secret)).toBe(false);
  expect(await keys.list("watch-token")).toEqual([replaced]);
  expect(await keys.find("watch-token", old.id)).toBeNull();
});
