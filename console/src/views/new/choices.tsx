/** Buttons that choose which lines are shown. */

interface ChoicesProps {
  label: string;
  /** The values with their texts, in order. */
  options: readonly (readonly [value: string, text: string])[];
  chosen: string;
  choose: (value: string) => void;
}

export function Choices({ label, options, chosen, choose }: ChoicesProps) {
  return (
    <fieldset class="pills choices" aria-label={label}>
      {options.map(([value, text]) => (
        <button
          type="button"
          class="pill"
          key={value}
          aria-current={value === chosen ? "true" : undefined}
          onClick={() => choose(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}
