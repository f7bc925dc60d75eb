/** Makes links to a package that are sent to the person, and shows them this once. */

import { useState } from "preact/hooks";
import type { ExportPackage } from "../../../api/types";
import { Copyable } from "../../../components/copyable";
import { Dialog } from "../../../components/dialog";
import { Field } from "../../../components/field";
import { Time } from "../../../components/time";
import { useConsole } from "../../../shell/context";
import { LIFETIMES, lifetimeText, type PackageLinks, packageLinks } from "./package-links";

const DAY = 1440;

export function LinkDialog({ made, close }: { made: ExportPackage; close: () => void }) {
  const { api, t } = useConsole();
  const [minutes, setMinutes] = useState<number>(DAY);
  // In this component alone: the link is gone with the dialog.
  const [links, setLinks] = useState<PackageLinks | null>(null);
  return (
    <Dialog
      heading={t("packages.link")}
      action={t("packages.link")}
      staysOpen
      send={async () => {
        setLinks(await packageLinks(api, made, minutes));
      }}
      close={close}
    >
      {links === null ? (
        <Field label={t("packages.lifetime")} hint={t("packages.mind")}>
          {(attributes) => (
            <select {...attributes} value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
              {LIFETIMES.map((each) => (
                <option value={each} key={each}>
                  {lifetimeText(t.locale, each)}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : (
        <Links links={links} />
      )}
    </Dialog>
  );
}

function Links({ links }: { links: PackageLinks }) {
  const { t } = useConsole();
  return (
    <div class="links">
      <p role="status">{t("packages.once")}</p>
      <ul>
        {links.value.map(({ name, url }) => (
          <li key={name}>
            <strong>{name}</strong>
            <Copyable text={url} label={name} action={t("packages.copy")} />
          </li>
        ))}
      </ul>
      <p>
        {t("packages.expires")} <Time utc={links.expiresDateTime} />
      </p>
      <p class="muted">{t("packages.mind")}</p>
    </div>
  );
}
