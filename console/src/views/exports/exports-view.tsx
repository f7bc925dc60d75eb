/** The exports, those that are open and due soonest first. */

import { useEffect } from "preact/hooks";
import { Empty } from "../../components/empty";
import { Failure } from "../../components/failure";
import { Loading } from "../../components/loading";
import { NoRole } from "../../components/no-role";
import { Page } from "../../components/page";
import { hasRole, useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { type ExportFilters, filtersOf, personIn, queryOf } from "./export-filters";
import { countOf } from "./export-list";
import { ExportTable } from "./export-table";
import { FilterBar } from "./filter-bar";
import { ListSummary, nothingText, summaryText } from "./list-summary";
import { useExportList } from "./use-export-list";

export function ExportsView({ query }: { query: URLSearchParams }) {
  const { t, me } = useConsole();
  if (!hasRole(me, "Exports.Read", "Exports.Submit")) {
    return (
      <Page heading={t("list.heading")}>
        <NoRole roles={["Exports.Read", "Exports.Submit"]} />
      </Page>
    );
  }
  const filters = filtersOf(query);
  return (
    <Page heading={t("list.heading")} aside={<NewLink />}>
      {!hasRole(me, "Exports.Read") && <p class="muted">{t("list.ownOnly")}</p>}
      <FilterBar filters={filters} />
      <Exports filters={filters} key={queryOf(filters)} />
    </Page>
  );
}

function NewLink() {
  const { t, me } = useConsole();
  if (!hasRole(me, "Exports.Submit")) {
    return null;
  }
  return (
    <Link to={pathTo("new")} class="button button-primary">
      {t("shell.new")}
    </Link>
  );
}

function Exports({ filters }: { filters: ExportFilters }) {
  const { t, announce, signIn } = useConsole();
  const { list, failure, isLoading, isLoadingMore, moreFailure, reload, loadMore } = useExportList(filters);
  const summary = list === null ? null : summaryText(t, filters, list);
  useEffect(() => {
    if (summary !== null) {
      announce(summary);
    }
  }, [summary, announce]);
  return (
    <>
      {failure !== null && <Failure t={t} failure={failure} retry={reload} signIn={signIn} />}
      {list === null && failure === null && <Loading t={t} lines={8} />}
      {list !== null && countOf(list) === 0 && <Nothing filters={filters} />}
      {list !== null && countOf(list) > 0 && (
        <>
          <ListSummary filters={filters} list={list} isBusy={isLoading || isLoadingMore} reload={reload} />
          <ExportTable list={list} filters={filters} isBusy={isLoading} />
          {moreFailure !== null && <Failure t={t} failure={moreFailure} retry={loadMore} signIn={signIn} />}
          {list.nextLink !== null && moreFailure === null && (
            <button type="button" aria-disabled={isLoading} onClick={() => isLoading || loadMore()}>
              {t(isLoadingMore ? "shell.loading" : "list.more")}
            </button>
          )}
        </>
      )}
    </>
  );
}

function Nothing({ filters }: { filters: ExportFilters }) {
  const { t } = useConsole();
  const person = personIn(filters.search);
  if (queryOf(filters) === "") {
    return (
      <Empty text={nothingText(t, filters)}>
        <Link to={pathTo() + queryOf({ ...filters, shown: "all" })}>{t("list.showAll")}</Link>
      </Empty>
    );
  }
  return (
    <Empty text={nothingText(t, filters)}>
      {filters.search !== "" && <p class="muted">{t("list.searchHelp")}</p>}
      {person !== null && (
        <p>
          <Link to={pathTo("exports", person)}>{t("list.openById")}</Link>
        </p>
      )}
      <Link to={pathTo()}>{t("list.clear")}</Link>
    </Empty>
  );
}
