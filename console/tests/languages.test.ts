/** Every language has the same texts, with the same values in them, and the code uses each. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import de from "../src/languages/de.json";
import en from "../src/languages/en.json";
import es from "../src/languages/es.json";
import fr from "../src/languages/fr.json";

type Texts = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const LANGUAGES: Readonly<Record<string, Texts>> = { de, en, es, fr };
/** A key in the code: whole, or the beginning of one whose end is put in, such as `errors.${code}`. */
const KEY = /["'`]([a-z][\w-]*(?:\.[\w-]+)*\.)?([\w-]*)(["'`]|\$\{)/g;

function formsOf(message: Texts[string] | undefined): Readonly<Record<string, string>> {
  return typeof message === "object" ? message : { other: message ?? "" };
}

function placeholdersIn(text: string): readonly string[] {
  return [...new Set(text.match(/\{\w+\}/g))].sort();
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { encoding: "utf8", recursive: true })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
    .map((name) => readFileSync(path.join(folder, name), "utf8"));
}

for (const [language, texts] of Object.entries(LANGUAGES)) {
  test(`${language} has the texts of English and no others`, () => {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(en).sort());
  });

  test(`${language} has no empty text, and no space at an end`, () => {
    const wrong = Object.entries(texts).filter(([, message]) =>
      Object.values(formsOf(message)).some((text) => text === "" || text !== text.trim()),
    );
    assert.deepEqual(wrong, []);
  });

  test(`${language} puts the values of English into its texts`, () => {
    for (const [key, message] of Object.entries(en as Texts)) {
      const expected = placeholdersIn(formsOf(message)["other"] ?? "");
      for (const [category, text] of Object.entries(formsOf(texts[key]))) {
        // "One file" needs no number.
        const ignored = category === "other" ? [] : ["{count}"];
        const without = (names: readonly string[]) => names.filter((name) => !ignored.includes(name));
        assert.deepEqual(without(placeholdersIn(text)), without(expected), `${key}, ${category}`);
      }
    }
  });

  test(`${language} has the plural forms that numbers ask for, and no others`, () => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(texts)) {
      if (typeof message === "object") {
        const unknown = Object.keys(message).filter((category) => !(categories as string[]).includes(category));
        assert.deepEqual(unknown, [], key);
        // Only millions are "many" in French and Spanish; a text may say them as it says the others.
        const missing = categories.filter((category) => category !== "many" && !(category in message));
        assert.deepEqual(missing, [], key);
      }
      assert.equal(typeof message, typeof (en as Texts)[key], `${key}: has English plural forms?`);
    }
  });
}

test("the code uses every text", () => {
  const whole = new Set<string>();
  const beginnings: string[] = [];
  for (const source of sources("src")) {
    for (const [, room = "", name = "", end] of source.matchAll(KEY)) {
      if (end === "${") {
        beginnings.push(room + name);
      } else {
        whole.add(room + name);
      }
    }
  }
  const used = beginnings.filter((beginning) => beginning.includes("."));
  const unused = Object.keys(en).filter(
    (key) => !whole.has(key) && !used.some((beginning) => key.startsWith(beginning)),
  );
  assert.deepEqual(unused, []);
});
