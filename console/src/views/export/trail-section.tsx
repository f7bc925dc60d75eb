/** The audit trail of an export: when, who, what, and the details as they are kept. */

import { useState } from "preact/hooks";
import type { AuditEvent, Export } from "../../api/types";
import { Failure } from "../../components/failure";
import { Loading } from "../../components/loading";
import { Pager } from "../../components/pager";
import { Time } from "../../components/time";
import { useConsole } from "../../shell/context";
import { Actor } from "./actor";
import { useTrail } from "./use-trail";
import { visibleText } from "./visible-text";

const WINDOW = 100;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export function TrailSection({ exported }: { exported: Export }) {
  const { t, signIn } = useConsole();
  const { events, failure, isLoading, isComplete, load } = useTrail(exported.id, exported.trail.eventCount);
  const [from, setFrom] = useState(0);
  const start = Math.min(from, Math.max(0, Math.floor((events.length - 1) / WINDOW) * WINDOW));
  const move = (to: number): void => {
    if (to >= events.length && !isLoading) {
      load();
    }
    setFrom(to);
  };
  return (
    <section class="card" aria-labelledby="trail-heading">
      <h2 id="trail-heading">{t("detail.trail")}</h2>
      {failure !== null && <Failure t={t} failure={failure} retry={load} signIn={signIn} />}
      {events.length === 0 && isLoading && <Loading t={t} />}
      {events.length > 0 && (
        <table class="trail">
          <thead>
            <tr>
              <th scope="col">{t("detail.time")}</th>
              <th scope="col">{t("detail.who")}</th>
              <th scope="col">{t("detail.what")}</th>
            </tr>
          </thead>
          <tbody>
            {events.slice(start, start + WINDOW).map((event) => (
              <EventRow event={event} key={event.number} />
            ))}
          </tbody>
        </table>
      )}
      <Pager start={start} size={WINDOW} total={events.length} hasMore={!isComplete} move={move} />
    </section>
  );
}

function EventRow({ event }: { event: AuditEvent }) {
  const { t } = useConsole();
  const key = `event.${event.type}`;
  return (
    <tr>
      <td>
        <Time utc={event.dateTime} seconds={true} />
      </td>
      <td class="actor">
        <Actor id={event.actor} />
      </td>
      <td>
        {t.has(key) ? t(key) : event.type}
        <Details detail={event.detail} />
      </td>
    </tr>
  );
}

/** The details under the names that the records have, so that they can be compared. */
function Details({ detail }: { detail: AuditEvent["detail"] }) {
  const named = Object.entries(detail);
  if (named.length === 0) {
    return null;
  }
  return (
    <ul class="event-details muted" lang="en">
      {named.map(([name, value]) => (
        <li key={name}>
          {`${name}: `}
          <Detail value={value} />
        </li>
      ))}
    </ul>
  );
}

function Detail({ value }: { value: unknown }) {
  const text = String(value);
  return TIME.test(text) ? <Time utc={text} /> : <bdi>{visibleText(text)}</bdi>;
}
