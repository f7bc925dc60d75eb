/** An export as the API shows it, for tests. */

import type { Export } from "../src/api/types";

const SUCCEEDED: Export = {
  id: "3938ca43-3d89-49a3-8801-44a063cb5e65",
  status: "Succeeded",
  stage: "Ended",
  subject: { type: "user", id: "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23" },
  reference: "DSR-2026-0042",
  requestedBy: "5f9d8f3e-2c1b-4a0e-8d7c-6b5a4f3e2d1c",
  receivedDateTime: "2026-11-01T09:00:00Z",
  dueDateTime: "2026-12-01T09:00:00Z",
  pausedDateTime: null,
  createdDateTime: "2026-11-01T09:30:00Z",
  lastUpdatedDateTime: "2026-11-03T10:00:00Z",
  completedDateTime: "2026-11-03T10:00:00Z",
  awaitsHandover: false,
  handedOverDateTime: null,
  handoverMethod: null,
  progress: 1,
  nextPollDateTime: null,
  waitReason: null,
  expectedSubmissionDateTime: null,
  storage: { container: "https://account.blob.core.windows.net/export-3938ca43-3d89-49a3-8801-44a063cb5e65-1" },
  grant: { kind: "storedPolicy", expiresDateTime: "2026-11-08T09:30:00Z", revokedDateTime: "2026-11-03T10:00:00Z" },
  attempts: [
    {
      number: 1,
      operationId: "d007e3da-cd9b-4b02-8d66-422403c53e3f",
      submittedDateTime: "2026-11-01T09:30:31Z",
      status: "Complete",
      error: null,
    },
  ],
  files: {
    count: 5,
    totalBytes: 17_420,
    manifestSha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  },
  erasureDueDateTime: "2026-12-03T10:00:00Z",
  erasedDateTime: null,
  hold: null,
  packages: [],
  trail: { eventCount: 9, sha256: null },
  warnings: [],
  error: null,
};

/** One that has succeeded, but for the changes. */
export function succeededExport(changes: Partial<Export> = {}): Export {
  return { ...SUCCEEDED, ...changes };
}

/** One that Microsoft works on, but for the changes. */
export function runningExport(changes: Partial<Export> = {}): Export {
  return {
    ...SUCCEEDED,
    status: "Running",
    stage: "Exporting",
    completedDateTime: null,
    files: null,
    erasureDueDateTime: null,
    nextPollDateTime: "2026-11-01T10:02:00Z",
    ...changes,
  };
}
