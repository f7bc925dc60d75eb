/** Says why a form was not accepted, with what one can do about it. */

import { ApiFailure } from "../../api/failures";
import { Failure, failureTitle } from "../../components/failure";
import { useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";

interface SendFailureProps {
  failure: Error;
  /** Sends the same again. */
  sendAgain: () => void;
  /** Makes a new request of what is in the form, which was accepted with other contents before. */
  startAnew?: () => void;
  /** Sends it although the person has another export that is open. */
  allowDuplicate?: () => void;
}

export function SendFailure({ failure, sendAgain, startAnew, allowDuplicate }: SendFailureProps) {
  const { t, signIn } = useConsole();
  const { code, status, target } = failure instanceof ApiFailure ? failure : { code: "", status: 0, target: null };
  if (code === "ExportInProgress" || code === "IdempotencyKeyReused") {
    return (
      <div class="notice notice-warning" role="alert">
        <p>
          <strong>{failureTitle(t, failure)}</strong>
        </p>
        <div class="buttons">
          {code === "ExportInProgress" ? (
            <>
              <Link to={pathTo("exports", target ?? "")} class="button">
                {t("new.showOther")}
              </Link>
              <button type="button" onClick={allowDuplicate}>
                {t("new.allowDuplicate")}
              </button>
            </>
          ) : (
            <>
              <Link to={`${pathTo()}?mine=true`} class="button">
                {t("list.mine")}
              </Link>
              <button type="button" onClick={startAnew}>
                {t("new.startAnew")}
              </button>
            </>
          )}
        </div>
      </div>
    );
  }
  const isRefused = status >= 400 && status < 500 && status !== 429;
  return <Failure t={t} failure={failure} retry={isRefused ? undefined : sendAgain} signIn={signIn} />;
}
