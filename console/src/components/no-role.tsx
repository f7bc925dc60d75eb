/** Says which app role is missing, and who assigns it. */

import { type Role, useConsole } from "../shell/context";

export function NoRole({ roles }: { roles: readonly Role[] }) {
  const { t } = useConsole();
  return (
    <div class="notice">
      <p>
        <strong>{t("errors.noRole")}</strong>
      </p>
      <p>{t("errors.noRoleHelp", { roles: roles.join(` ${t("errors.or")} `) })}</p>
    </div>
  );
}
