/** Says that a call failed, why, and what to do; counts down to when it can be made again. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiFailure, Unreachable } from "../api/failures";
import type { Translator } from "../languages/translator";

interface FailureProps {
  t: Translator;
  failure: Error;
  /** Makes the call again; without it no button is shown. */
  retry?: (() => void) | undefined;
  /** Signs in again, where the session has ended. */
  signIn?: (() => void) | undefined;
  /** What else one can do. */
  children?: ComponentChildren;
}

export function Failure({ t, failure, retry, signIn, children }: FailureProps) {
  const isSignedOut = failure instanceof ApiFailure && failure.status === 401;
  return (
    <div class="notice notice-error" role="alert">
      <p>
        <strong>{failureTitle(t, failure)}</strong>
      </p>
      <FailureDetails t={t} failure={failure} />
      {isSignedOut && signIn && (
        <button type="button" onClick={signIn}>
          {t("errors.signIn")}
        </button>
      )}
      {retry && !(isSignedOut && signIn) && <RetryButton t={t} failure={failure} retry={retry} />}
      {children && <div class="buttons">{children}</div>}
    </div>
  );
}

/** What the API said, with the code and the id by which the call can be found. */
export function FailureDetails({ t, failure }: { t: Translator; failure: Error }) {
  if (!(failure instanceof ApiFailure)) return null;
  return (
    <>
      {failure.message && <p lang={t.language === "en" ? undefined : "en"}>{failure.message}</p>}
      <p class="muted">
        {[failure.code, failure.requestId && t("errors.requestId", { id: failure.requestId })]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </>
  );
}

/** What happened, in a sentence. */
export function failureTitle(t: Translator, failure: Error): string {
  if (failure instanceof Unreachable) return t(navigator.onLine ? "errors.unreachable" : "errors.offline");
  if (!(failure instanceof ApiFailure)) return t("errors.unexpected");
  const own = `errors.code.${failure.code}`;
  if (t.has(own)) return t(own);
  if (failure.status === 401) return t("errors.signedOut");
  if (failure.status === 403) return t("errors.forbidden");
  if (failure.status === 404) return t("errors.notFound");
  if (failure.status === 429 || failure.status === 503) return t("errors.unavailable");
  return t(failure.status >= 500 ? "errors.server" : "errors.refused");
}

/** In how many seconds the call that failed may be made again; it counts down to 0. */
export function useSecondsLeft(failure: Error | null): number {
  const wait = failure instanceof ApiFailure ? (failure.retryAfter ?? 0) : 0;
  const [left, setLeft] = useState(wait);
  useEffect(() => {
    setLeft(wait);
    if (wait === 0) return;
    const end = Date.now() + wait * 1000;
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) clearInterval(timer);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [failure, wait]);
  return left;
}

function RetryButton({ t, failure, retry }: { t: Translator; failure: Error; retry: () => void }) {
  const left = useSecondsLeft(failure);
  useEffect(() => {
    if (!(failure instanceof Unreachable)) return;
    addEventListener("online", retry);
    return () => {
      removeEventListener("online", retry);
    };
  }, [failure, retry]);
  return (
    <button type="button" aria-disabled={left > 0} onClick={() => left > 0 || retry()}>
      {left > 0 ? t("errors.retryIn", { count: left }) : t("errors.retry")}
    </button>
  );
}
