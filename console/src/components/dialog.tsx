/** A dialog with a form in it: opens at once, sends once, and says what went wrong. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useConsole } from "../shell/context";
import { Failure } from "./failure";

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
  /** Does it; the dialog stays open, and says so, if that fails. */
  send: () => Promise<void>;
  /** Called once the dialog is closed, however that came. */
  close: () => void;
}

export function Dialog(props: DialogProps) {
  const { t, signIn } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [isSending, setSending] = useState(false);
  const [isSent, setSent] = useState(false);
  // A second click can come before the button is rendered anew.
  const wasSent = useRef(false);
  const [failure, setFailure] = useState<Error | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const submit = async (): Promise<void> => {
    if (wasSent.current || props.isIncomplete) {
      return;
    }
    wasSent.current = true;
    setSending(true);
    setFailure(null);
    try {
      await props.send();
      setSent(true);
      if (!props.staysOpen) {
        dialog.current?.close();
      }
    } catch (error) {
      wasSent.current = false;
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setSending(false);
    }
  };
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
          void submit();
        }}
      >
        <h2 id={id}>{props.heading}</h2>
        {props.children}
        {failure && <Failure t={t} failure={failure} signIn={signIn} />}
        <div class="buttons">
          {!(isSent && props.staysOpen) && (
            <button
              type="submit"
              class={props.isDestructive ? "button-danger" : "button-primary"}
              disabled={isSending || props.isIncomplete}
            >
              {isSending ? t("shell.sending") : props.action}
            </button>
          )}
          <button type="button" disabled={isSending} onClick={() => dialog.current?.close()}>
            {t("shell.close")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
