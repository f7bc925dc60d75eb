/** The frame of both ways to request exports: one person, or many. */

import type { ComponentChildren } from "preact";
import { NoRole } from "../../components/no-role";
import { Page } from "../../components/page";
import { hasRole, useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";

interface NewPageProps {
  isMany?: boolean;
  children: ComponentChildren;
}

export function NewPage({ isMany = false, children }: NewPageProps) {
  const { t, me } = useConsole();
  if (!hasRole(me, "Exports.Submit")) {
    return (
      <Page heading={t("new.heading")}>
        <NoRole roles={["Exports.Submit"]} />
      </Page>
    );
  }
  return (
    <Page heading={`${t("new.heading")}: ${t(isMany ? "new.many" : "new.one")}`}>
      <nav class="pills choices" aria-label={t("new.heading")}>
        <Link to={pathTo("new")} class="pill" current={!isMany}>
          {t("new.one")}
        </Link>
        <Link to={pathTo("new", "many")} class="pill" current={isMany}>
          {t("new.many")}
        </Link>
      </nav>
      {children}
    </Page>
  );
}
