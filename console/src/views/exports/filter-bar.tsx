/** Chooses which exports the list shows. Each choice is a URL of its own. */

import { useEffect, useState } from "preact/hooks";
import { Field } from "../../components/field";
import type { MessageKey } from "../../languages/translator";
import { hasRole, useConsole } from "../../shell/context";
import { Link, navigate } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { type ExportFilters, filtersOf, queryOf, SHOWN, type Shown } from "./export-filters";

const MAX_REFERENCE_LENGTH = 128;
const TEXTS: Readonly<Record<Shown, MessageKey>> = {
  open: "list.open",
  overdue: "list.overdue",
  failed: "state.failed",
  succeeded: "list.succeeded",
  "on-hold": "state.onHold",
  handover: "state.awaitsHandover",
  all: "list.all",
};

function urlOf(filters: ExportFilters): string {
  return pathTo() + queryOf(filters);
}

export function FilterBar({ filters }: { filters: ExportFilters }) {
  const { t, me } = useConsole();
  const maySeeOthers = hasRole(me, "Exports.Read");
  return (
    <div class="list-filters">
      <nav aria-label={t("list.filters")}>
        <ul class="pills">
          {SHOWN.map((shown) => (
            <li key={shown}>
              <Link to={urlOf({ ...filters, shown })} class="pill" current={shown === filters.shown}>
                {t(TEXTS[shown])}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div class="list-narrow">
        <Search filters={filters} />
        {maySeeOthers && hasRole(me, "Exports.Submit") && (
          <label class="list-mine">
            <input
              type="checkbox"
              checked={filters.isMine}
              onChange={(event) => {
                navigate(urlOf({ ...filters, isMine: event.currentTarget.checked }));
              }}
            />
            {t("list.mine")}
          </label>
        )}
      </div>
    </div>
  );
}

function Search({ filters }: { filters: ExportFilters }) {
  const { t } = useConsole();
  const [text, setText] = useState(filters.search);
  useEffect(() => {
    setText(filters.search);
  }, [filters.search]);
  const search = (wanted: string): void => {
    // Everything is searched, also by somebody who had looked at a part of it.
    const query = new URLSearchParams({ search: wanted });
    navigate(urlOf({ ...filtersOf(query), isMine: filters.isMine }));
  };
  return (
    <search>
      <form
        class="list-search"
        onSubmit={(event) => {
          event.preventDefault();
          search(text);
        }}
      >
        <Field label={t("list.search")}>
          {(attributes) => (
            <input
              {...attributes}
              type="search"
              maxLength={MAX_REFERENCE_LENGTH}
              spellcheck={false}
              autocomplete="off"
              value={text}
              onInput={(event) => {
                const typed = event.currentTarget.value;
                setText(typed);
                if (typed === "" && filters.search !== "") {
                  search("");
                }
              }}
            />
          )}
        </Field>
        <button type="submit">{t("list.find")}</button>
      </form>
    </search>
  );
}
