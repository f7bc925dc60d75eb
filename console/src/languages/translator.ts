/** Texts in the reader's language, with numbers and plurals as it writes them. */

import type en from "./en.json";

export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;
export type MessageKey = keyof typeof en;
/** A text, or one for each plural category of the language, chosen by `count`. */
export type Message = string | { readonly [category in Intl.LDMLPluralRule]?: string };
export type Messages = Readonly<Record<MessageKey, Message>>;
export type Values = Readonly<Record<string, string | number>>;

export interface Translator {
  readonly language: Language;
  /** How the reader's region writes this language's dates and numbers, such as `en-GB`. */
  readonly locale: string;
  /** The text, with `{name}` replaced by each value. Numbers are written as the language does. */
  (key: MessageKey, values?: Values): string;
  /** Whether there is such a text, for keys that are made from what the API says. */
  has(key: string): key is MessageKey;
  number(value: number): string;
  percent(share: number): string;
  bytes(count: number): string;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function translatorOf(language: Language, messages: Messages, locale: string = language): Translator {
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent" });
  const textOf = (message: Message, values: Values): string => {
    if (typeof message === "string") return message;
    return message[plurals.select(Number(values["count"] ?? 0))] ?? message.other ?? "";
  };
  const translate = (key: MessageKey, values: Values = {}): string =>
    textOf(messages[key], values).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = values[name];
      if (value === undefined) return placeholder;
      return typeof value === "number" ? numbers.format(value) : value;
    });
  return Object.assign(translate, {
    language,
    locale,
    has: (key: string): key is MessageKey => Object.hasOwn(messages, key),
    number: (value: number) => numbers.format(value),
    percent: (share: number) => percents.format(share),
    bytes: (count: number) => bytesIn(locale, count),
  });
}

function bytesIn(locale: string, count: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(count, 1)) / 3)));
  const unit = UNITS[power] ?? "byte";
  const options = { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short" } as const;
  return new Intl.NumberFormat(locale, { ...options, maximumFractionDigits: 1 }).format(count / 1000 ** power);
}

/** The first of these language tags that there are texts in, such as `de` for `de-CH`; else English. */
export function bestLanguage(wanted: readonly string[]): Language {
  return wanted.map(primaryOf).find(isLanguage) ?? "en";
}

/** The first of these language tags that is of the language, such as `de-CH` for `de`; else the language itself. */
export function localeOf(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => primaryOf(tag) === language) ?? language;
}

function primaryOf(tag: string): string {
  return tag.toLowerCase().split("-", 1)[0] ?? "";
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGES, text);
}
