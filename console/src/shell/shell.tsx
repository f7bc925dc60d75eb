/** The frame of all views: navigation, who is signed in, the language, and the view that the URL names. */

import { useEffect, useRef } from "preact/hooks";
import { isLanguage, LANGUAGES } from "../languages/translator";
import { View } from "../views/view";
import { hasRole, useConsole } from "./context";
import { keepFocus } from "./keep-focus";
import { Link, useUrl } from "./navigation";
import { pathTo, type Route, routeOf } from "./routes";

export function Shell() {
  const { t } = useConsole();
  const url = useUrl();
  const route = routeOf(url);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(keepFocus, []);
  useEffect(() => {
    // The browser itself begins at the top of a page that is loaded, and a view may lead the focus elsewhere.
    const hasFocus = document.activeElement !== main.current && main.current?.contains(document.activeElement);
    if (!isFirst.current && !hasFocus) main.current?.querySelector("h1")?.focus();
    isFirst.current = false;
  }, [url.pathname]);
  return (
    <>
      <a class="skip-link" href="#main">
        {t("shell.skip")}
      </a>
      <Header route={route} />
      <main id="main" ref={main} tabIndex={-1}>
        <View route={route} key={url.pathname} />
      </main>
    </>
  );
}

function Header({ route }: { route: Route }) {
  const { t, me } = useConsole();
  const isNew = route.view === "new" || route.view === "new-many";
  return (
    <header class="shell-header">
      <Link to={pathTo()} class="shell-name">
        {t("shell.name")}
      </Link>
      <nav aria-label={t("shell.navigation")}>
        <ul>
          <li>
            <Link to={pathTo()} current={route.view === "exports"}>
              {t("shell.exports")}
            </Link>
          </li>
          {hasRole(me, "Exports.Submit") && (
            <li>
              <Link to={pathTo("new")} current={isNew}>
                {t("shell.new")}
              </Link>
            </li>
          )}
          {hasRole(me, "Exports.Operate") && (
            <li>
              <Link to={pathTo("setup-check")} current={route.view === "setup-check"}>
                {t("shell.setupCheck")}
              </Link>
            </li>
          )}
        </ul>
      </nav>
      <Account />
    </header>
  );
}

function Account() {
  const { t, me, signOut, speak } = useConsole();
  return (
    <details class="shell-account">
      <summary>{me.name ?? t("shell.account")}</summary>
      <div class="shell-menu">
        <p class="muted">{me.roles.length === 0 ? t("shell.noRoles") : me.roles.join(", ")}</p>
        <label>
          {t("shell.language")}
          <select
            value={t.language}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              if (isLanguage(chosen)) speak(chosen);
            }}
          >
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option value={code} lang={code} key={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={signOut}>
          {t("shell.signOut")}
        </button>
      </div>
    </details>
  );
}
