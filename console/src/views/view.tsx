/** The view of a route. */

import { Empty } from "../components/empty";
import { Page } from "../components/page";
import { useConsole } from "../shell/context";
import { Link } from "../shell/navigation";
import { pathTo, type Route } from "../shell/routes";
import { ExportView } from "./export/export-view";
import { ExportsView } from "./exports/exports-view";
import { BatchView } from "./new/batch-view";
import { NewManyView } from "./new/new-many-view";
import { NewView } from "./new/new-view";
import { SetupCheckView } from "./setup-check/setup-check-view";

export function View({ route }: { route: Route }) {
  switch (route.view) {
    case "exports":
      return <ExportsView query={route.query} />;
    case "export":
      return <ExportView id={route.id} key={route.id} />;
    case "new":
      return <NewView />;
    case "new-many":
      return <NewManyView />;
    case "batch":
      return <BatchView id={route.id} key={route.id} />;
    case "setup-check":
      return <SetupCheckView />;
    case "unknown":
      return <UnknownView />;
  }
}

function UnknownView() {
  const { t } = useConsole();
  return (
    <Page heading={t("shell.unknownView")}>
      <Empty text={t("shell.unknownViewHelp")}>
        <Link to={pathTo()}>{t("shell.exports")}</Link>
      </Empty>
    </Page>
  );
}
