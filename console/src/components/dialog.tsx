/** A dialog with a form in it: opens at once, sends once, and says what went wrong. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useSend } from "../api/use-send";
import { useConsole } from "../shell/context";
import { Failure, useSecondsLeft } from "./failure";

interface DialogProps {
  heading: string;
  /** What the button that sends says. */
  action: string;
  /** Whether what it does can't be undone. */
  isDestructive?: boolean;
  /** Whether the form can't be sent yet. */
  isIncomplete?: boolean;
  /** What was sent stays on the screen, with a button that closes it; by default the dialog closes. */
  staysOpen?: boolean;
  children: ComponentChildren;
  /** What else one can do about a failure. */
  remedy?: (failure: Error) => ComponentChildren;
  /** Does it; the dialog stays open, and says so, if that fails. */
  send: () => Promise<void>;
  /** Called once the dialog is closed, however that came. */
  close: () => void;
}

export function Dialog(props: DialogProps) {
  const { t, signIn } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { isSending, failure, send } = useSend();
  const [isSent, setSent] = useState(false);
  const secondsLeft = useSecondsLeft(failure);
  const cannotSend = isSending || isSent || secondsLeft > 0 || props.isIncomplete === true;
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const submit = async (): Promise<void> => {
    await props.send();
    setSent(true);
    if (!props.staysOpen) {
      dialog.current?.close();
    }
  };
  const label = secondsLeft > 0 ? t("errors.retryIn", { count: secondsLeft }) : props.action;
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={props.close}
      onCancel={(event) => {
        if (isSending) {
          event.preventDefault();
        }
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (!cannotSend) {
            send(submit);
          }
        }}
      >
        <h2 id={id}>{props.heading}</h2>
        {props.children}
        {failure && (
          <Failure t={t} failure={failure} signIn={signIn}>
            {props.remedy?.(failure)}
          </Failure>
        )}
        <div class="buttons">
          {!(isSent && props.staysOpen) && (
            <button
              type="submit"
              class={props.isDestructive ? "button-danger" : "button-primary"}
              disabled={props.isIncomplete}
              aria-disabled={cannotSend}
            >
              {isSending ? t("shell.sending") : label}
            </button>
          )}
          <button type="button" aria-disabled={isSending} onClick={() => isSending || dialog.current?.close()}>
            {t("shell.close")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
