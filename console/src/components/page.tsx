/** What each view begins with: its heading, which gets the focus when one comes to it, and the title of the page. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useConsole } from "../shell/context";

interface PageProps {
  heading: string;
  /** Beside the heading, such as a button. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ heading, aside, children }: PageProps) {
  const { t } = useConsole();
  useEffect(() => {
    document.title = `${heading} – ${t("shell.name")}`;
  }, [heading, t]);
  return (
    <>
      <div class="page-heading">
        <h1 tabIndex={-1}>{heading}</h1>
        {aside}
      </div>
      {children}
    </>
  );
}
