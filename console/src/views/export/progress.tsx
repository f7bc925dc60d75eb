/** The steps of an export, its deadline, and what it is doing or waiting for now. */

import type { ComponentChildren } from "preact";
import type { Export } from "../../api/types";
import { deadlineOf, deadlineText, deadlineTone } from "../../components/deadline";
import { Time } from "../../components/time";
import { useConsole } from "../../shell/context";
import { shareDone } from "../exports/export-facts";
import { Actor } from "./actor";
import { type Step, type StepState, stepsOf } from "./steps";

const MARKS: Readonly<Record<StepState, string>> = {
  done: "✓",
  current: "●",
  waiting: "○",
  optional: "○",
  failed: "✗",
  canceled: "✗",
};

export function Progress({ exported }: { exported: Export }) {
  const { t } = useConsole();
  const deadline = deadlineOf(exported, Date.now());
  return (
    <section class="card" aria-labelledby="progress-heading">
      <h2 id="progress-heading">{t("detail.progress")}</h2>
      <p class="deadline">
        {t("detail.due")} <Time utc={exported.dueDateTime} />{" "}
        <span class={`badge badge-${deadlineTone(deadline)}`}>{deadlineText(t, deadline)}</span>
      </p>
      <ol class="steps">
        {stepsOf(exported).map((step) => (
          <StepLine step={step} key={step.name} />
        ))}
      </ol>
      <NowLines exported={exported} />
    </section>
  );
}

function StepLine({ step }: { step: Step }) {
  const { t } = useConsole();
  return (
    <li class={`step step-${step.state}`} aria-current={step.state === "current" ? "step" : undefined}>
      <span class="step-mark" aria-hidden="true">
        {MARKS[step.state]}
      </span>
      <span>
        <strong>{t(`detail.step.${step.name}`)}</strong>
        <span class="visually-hidden">{` (${t(`detail.stepState.${step.state}`)})`}</span>
        {step.utc !== null && (
          <span class="muted step-time">
            <Time utc={step.utc} />
          </span>
        )}
      </span>
    </li>
  );
}

/** What it does now, and what holds it up. */
function NowLines({ exported }: { exported: Export }) {
  const { t } = useConsole();
  const isOpen = exported.completedDateTime === null;
  const share = shareDone(exported);
  const stage = `detail.stage.${exported.stage}`;
  return (
    <div class="now">
      {isOpen && t.has(stage) && <p>{t(stage)}</p>}
      {exported.expectedSubmissionDateTime !== null && (
        <Line label={t("detail.turn")}>
          <Time utc={exported.expectedSubmissionDateTime} />
        </Line>
      )}
      {exported.waitReason !== null && (
        <p class="notice notice-warning">
          {t("detail.lastTryFailed")} <span lang="en">{exported.waitReason}</span>
        </p>
      )}
      {isOpen && exported.nextPollDateTime !== null && (
        <Line label={t(exported.waitReason === null ? "detail.nextStep" : "detail.nextTry")}>
          <Time utc={exported.nextPollDateTime} />
        </Line>
      )}
      {share !== null && (
        <Line label={t("detail.microsoftSays")}>
          <progress value={share} aria-hidden="true" /> {t.percent(share)}
        </Line>
      )}
      {exported.awaitsHandover && <p>{t("detail.handOver")}</p>}
      {exported.pausedDateTime !== null && (
        <p>
          {t("detail.paused")} <Time utc={exported.pausedDateTime} />
        </p>
      )}
      {exported.hold !== null && (
        <p>
          {t("detail.held")} <q>{exported.hold.reason}</q> · <Actor id={exported.hold.placedBy} /> ·{" "}
          <Time utc={exported.hold.placedDateTime} />
        </p>
      )}
      {exported.erasureDueDateTime !== null && exported.hold === null && (
        <Line label={t("detail.erasureDue")}>
          <Time utc={exported.erasureDueDateTime} />
        </Line>
      )}
      {exported.erasedDateTime !== null && (
        <p>
          {t("detail.erased")} <Time utc={exported.erasedDateTime} />
        </p>
      )}
    </div>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <p>
      {label} {children}
    </p>
  );
}
