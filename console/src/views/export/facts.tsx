/** What is known of an export: whose data, who asked, when, how much; and the technical details below. */

import type { ComponentChildren } from "preact";
import type { Attempt, Export } from "../../api/types";
import { Copyable } from "../../components/copyable";
import { Time } from "../../components/time";
import { useConsole } from "../../shell/context";
import { Actor } from "./actor";

export function Facts({ exported }: { exported: Export }) {
  const { t } = useConsole();
  const { subject, files } = exported;
  return (
    <section class="card" aria-labelledby="facts-heading">
      <h2 id="facts-heading">{t("detail.facts")}</h2>
      <dl>
        <Fact name={t("detail.person")}>
          {t(`detail.subject.${subject.type}`)}
          <br />
          {subject.id === null ? t("detail.notLookedUp") : <Copyable text={subject.id} label={t("detail.person")} />}
        </Fact>
        <Fact name={t("detail.id")}>
          <Copyable text={exported.id} label={t("detail.id")} />
        </Fact>
        <Fact name={t("detail.requestedBy")}>
          <Actor id={exported.requestedBy} />
        </Fact>
        <TimeFact name={t("detail.received")} utc={exported.receivedDateTime} />
        <TimeFact name={t("detail.created")} utc={exported.createdDateTime} />
        <TimeFact name={t("detail.completed")} utc={exported.completedDateTime} />
        <TimeFact name={t("detail.handedOver")} utc={exported.handedOverDateTime}>
          {exported.handoverMethod !== null && ` · ${methodText(exported.handoverMethod)}`}
        </TimeFact>
        {files !== null && (
          <Fact name={t("detail.files")}>
            {t("detail.fileCount", { count: files.count })} · {t.bytes(files.totalBytes)}
          </Fact>
        )}
        {files?.manifestSha256 && (
          <Fact name={t("detail.manifestHash")}>
            <Copyable text={files.manifestSha256} label={t("detail.manifestHash")} />
          </Fact>
        )}
      </dl>
      <details>
        <summary>{t("detail.technical")}</summary>
        <TechnicalFacts exported={exported} />
      </details>
    </section>
  );

  function methodText(method: string): string {
    const key = `actions.method.${method}`;
    return t.has(key) ? t(key) : method;
  }
}

function TechnicalFacts({ exported }: { exported: Export }) {
  const { t } = useConsole();
  const { grant, storage, trail } = exported;
  return (
    <dl>
      {exported.attempts.map((attempt) => (
        <Fact name={t("detail.attempt", { number: attempt.number })} key={attempt.number}>
          <AttemptFact attempt={attempt} />
        </Fact>
      ))}
      {storage !== null && (
        <Fact name={t("detail.container")}>
          <code>{storage.container}</code>
        </Fact>
      )}
      {grant !== null && (
        <Fact name={t("detail.grant")}>
          <code>{grant.kind}</code> · {t(grant.revokedDateTime === null ? "detail.grantEnds" : "detail.grantRevoked")}{" "}
          <Time utc={grant.revokedDateTime ?? grant.expiresDateTime} />
        </Fact>
      )}
      {trail.sha256 !== null && (
        <Fact name={t("detail.trailHash")}>
          <Copyable text={trail.sha256} label={t("detail.trailHash")} />
        </Fact>
      )}
      <TimeFact name={t("detail.updated")} utc={exported.lastUpdatedDateTime} />
    </dl>
  );
}

function AttemptFact({ attempt }: { attempt: Attempt }) {
  return (
    <>
      <code>{attempt.status}</code>
      {attempt.submittedDateTime !== null && (
        <>
          {" · "}
          <Time utc={attempt.submittedDateTime} />
        </>
      )}
      {attempt.operationId !== null && (
        <>
          <br />
          <code>{attempt.operationId}</code>
        </>
      )}
      {attempt.error !== null && (
        <>
          <br />
          <code>{attempt.error.code}</code> · <span lang="en">{attempt.error.message}</span>
        </>
      )}
    </>
  );
}

function TimeFact({ name, utc, children }: { name: string; utc: string | null; children?: ComponentChildren }) {
  if (utc === null) {
    return null;
  }
  return (
    <Fact name={name}>
      <Time utc={utc} />
      {children}
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
