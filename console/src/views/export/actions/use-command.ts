/** Follows a command that goes on after its call, until it is carried out. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Export } from "../../../api/types";
import { useWatch } from "../../../api/use-watch";
import { useConsole } from "../../../shell/context";
import { type Command, pendingCommand } from "./permitted-actions";

const SECONDS = 5;

interface Followed {
  readonly command: Command;
  readonly seconds: number;
}

export interface CommandProgress {
  /** The command that is being carried out; null if there is none. */
  readonly command: Command | null;
  readonly failure: Error | null;
  /** Asks again at once, after a failure. */
  ask(): void;
  /** Follows a command whose call was answered with 202. */
  follow(command: Command, retryAfter: number | null): void;
}

/** Follows the commands of an export: those that are sent here, and one that was under way before. */
export function useCommand(exported: Export, changed: (exported: Export) => void): CommandProgress {
  const { api, announce, t } = useConsole();
  const [followed, setFollowed] = useState<Followed | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const ask = useCallback(async (): Promise<void> => {
    if (followed === null) {
      return;
    }
    const { command } = followed;
    setFailure(null);
    try {
      const path = { id: exported.id, command };
      const answer = await api.call("get", "/exports/{id}/commands/{command}", { path });
      if (answer.status === 202) {
        setFollowed({ command, seconds: answer.retryAfter ?? SECONDS });
        return;
      }
      announce(t("actions.done", { what: t(`actions.${command}`) }));
      setFollowed(null);
      changed(answer.body);
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }, [api, announce, t, exported.id, followed, changed]);
  useWatch(failure === null ? (followed?.seconds ?? null) : null, followed, () => void ask());
  // Only after a change: an answer of 200 counts more than the clock of this machine.
  useEffect(() => {
    const pending = pendingCommand(exported, Date.now());
    if (pending !== null) {
      setFollowed((before) => before ?? { command: pending, seconds: 0 });
    }
  }, [exported.id, exported.lastUpdatedDateTime, exported]);
  const follow = useCallback((command: Command, retryAfter: number | null) => {
    setFollowed({ command, seconds: retryAfter ?? SECONDS });
  }, []);
  return { command: followed?.command ?? null, failure, ask: () => void ask(), follow };
}
