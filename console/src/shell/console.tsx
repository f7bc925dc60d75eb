/** The whole console: until it has started the progress or why it can't, then the shell with its views. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { ApiFailure } from "../api/failures";
import { Failure, failureTitle } from "../components/failure";
import { Loading } from "../components/loading";
import type { Language, Translator } from "../languages/translator";
import { SignInFailure } from "../sign-in/sign-in";
import { ConsoleContext, type Console as Given } from "./context";
import { Shell } from "./shell";
import { preferredLanguage, rememberLanguage, type Session, speakLanguage, startSession } from "./start";

export function Console() {
  const [t, setTranslator] = useState<Translator | null>(null);
  const [session, setSession] = useState<Session | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const [said, setSaid] = useState("");
  const start = useCallback(() => {
    setFailure(null);
    const startAll = async (): Promise<void> => {
      setTranslator(() => null);
      const translator = await speakLanguage(preferredLanguage());
      setTranslator(() => translator);
      setSession(await startSession());
    };
    startAll().catch((error: unknown) => {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    });
  }, []);
  useEffect(start, [start]);
  const announce = useCallback((text: string) => {
    setSaid((before) => (before === text ? `${text}\u00a0` : text)); // the same again is said again
  }, []);
  const speak = useCallback(
    (language: Language) => {
      rememberLanguage(language);
      speakLanguage(language).then(
        (translator) => {
          setTranslator(() => translator);
        },
        (error: unknown) => {
          // The page is of an earlier version, whose files are gone. That of today comes with the language; drafts stay.
          if (error instanceof ApiFailure) location.reload();
          else announce(t?.("errors.unreachable") ?? "");
        },
      );
    },
    [announce, t],
  );
  const given = useMemo<Given | null>(() => {
    if (t === null || session === null) return null;
    const { api, me, signedIn } = session;
    const shown = { ...me, name: me.name ?? signedIn.name };
    return {
      api,
      me: shown,
      t,
      announce,
      speak,
      signOut: () => void signedIn.signOut(),
      signIn: () => {
        signedIn.signIn().catch((error: unknown) => {
          announce(error instanceof Error ? failureTitle(t, error) : String(error));
        });
      },
    };
  }, [t, session, announce, speak]);
  if (given !== null) {
    return (
      <ConsoleContext.Provider value={given}>
        <Shell />
        <p class="visually-hidden" role="status">
          {said}
        </p>
      </ConsoleContext.Provider>
    );
  }
  return <Starting t={t} failure={failure} retry={start} />;
}

interface StartingProps {
  t: Translator | null;
  failure: Error | null;
  retry: () => void;
}

/** What can be said where the language files can't be loaded. */
const WITHOUT_TEXTS = {
  title: "Personal data export",
  failure: "The page can’t be loaded. Check your connection.",
  retry: "Try again",
};

/** Before somebody is signed in. Without its texts it says in English that they can't be loaded. */
function Starting({ t, failure, retry }: StartingProps) {
  if (t === null) {
    // If the file is not there, the page is of another version than the server; asking for it again is no use.
    const again = failure instanceof ApiFailure ? () => location.reload() : retry;
    return failure === null ? null : (
      <main class="starting" lang="en">
        <h1>{WITHOUT_TEXTS.title}</h1>
        <p role="alert">{WITHOUT_TEXTS.failure}</p>
        <button type="button" onClick={again}>
          {WITHOUT_TEXTS.retry}
        </button>
      </main>
    );
  }
  return (
    <main class="starting">
      <h1>{t("shell.name")}</h1>
      {failure === null ? <Loading t={t} /> : <StartFailure t={t} failure={failure} retry={retry} />}
    </main>
  );
}

const SIGN_IN_TEXTS = {
  noRole: "signIn.noRole",
  canceled: "signIn.canceled",
  signedOut: "signIn.signedOut",
  storageBlocked: "signIn.storageBlocked",
  refused: "signIn.failed",
} as const;

function StartFailure({ t, failure, retry }: { t: Translator; failure: Error; retry: () => void }) {
  if (!(failure instanceof SignInFailure)) return <Failure t={t} failure={failure} retry={retry} />;
  const { reason, message } = failure;
  const isError = reason === "noRole" || reason === "refused" || reason === "storageBlocked";
  return (
    <div class={isError ? "notice notice-error" : "notice"} role={isError ? "alert" : "status"}>
      <p>
        <strong>{t(SIGN_IN_TEXTS[reason])}</strong>
      </p>
      {reason === "noRole" && <p>{t("signIn.noRoleHelp")}</p>}
      {reason === "refused" && <p>{message}</p>}
      <button type="button" class="button-primary" onClick={retry}>
        {t(reason === "noRole" ? "signIn.otherAccount" : "signIn.again")}
      </button>
    </div>
  );
}
