/** The address of each language file, which the build puts here. */
declare const LANGUAGE_FILES: Readonly<Record<"de" | "en" | "es" | "fr", string>>;
