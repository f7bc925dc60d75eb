/** A time of the API as the reader's language and zone write it; UTC stays in the markup. */

import { dateText, dateTimeText } from "../languages/dates";
import { useConsole } from "../shell/context";

export function Time({ utc, dateOnly = false }: { utc: string; dateOnly?: boolean }) {
  const { t } = useConsole();
  const whole = dateTimeText(t.language, utc);
  return (
    <time dateTime={utc} title={dateOnly ? whole : undefined}>
      {dateOnly ? dateText(t.language, utc) : whole}
    </time>
  );
}
