/** A time of the API as the reader's language and zone write it; UTC stays in the markup. */

import { dateText, dateTimeText } from "../languages/dates";
import { useConsole } from "../shell/context";

interface TimeProps {
  utc: string;
  dateOnly?: boolean;
  /** Whether seconds matter. */
  seconds?: boolean;
}

export function Time({ utc, dateOnly = false, seconds = false }: TimeProps) {
  const { t } = useConsole();
  const whole = dateTimeText(t.locale, utc, undefined, seconds);
  return (
    <time dateTime={utc} title={dateOnly ? whole : undefined}>
      {dateOnly ? dateText(t.locale, utc) : whole}
    </time>
  );
}
