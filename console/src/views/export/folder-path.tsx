/** Where one is among the folders, and the way back. */

import { useConsole } from "../../shell/context";
import { visibleText } from "./visible-text";

interface FolderPathProps {
  path: readonly string[];
  open: (path: readonly string[]) => void;
}

export function FolderPath({ path, open }: FolderPathProps) {
  const { t } = useConsole();
  if (path.length === 0) {
    return null;
  }
  const names = [t("detail.allFiles"), ...path.map((name) => visibleText(name) || "/")];
  return (
    <nav aria-label={t("detail.folder")} class="folder-path">
      <ol>
        {names.map((name, depth) => (
          <li key={name + String(depth)}>
            {depth === path.length ? (
              <bdi aria-current="location">{name}</bdi>
            ) : (
              <button type="button" class="button-quiet link" onClick={() => open(path.slice(0, depth))}>
                <bdi>{name}</bdi>
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
