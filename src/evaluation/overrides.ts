import { DomainError } from '../platform/errors.js';

/** An option of a model that is JSON-safe; null is none, as for a half-life without fading. */
export type OptionValue = number | string | boolean | null;
export type ModelOptions = Readonly<Record<string, OptionValue>>;

/** Other names for the same options, in lower case. */
const ALIASES: Readonly<Record<string, string>> = {
  factors: 'rank',
  dimensions: 'rank',
  iterations: 'epochs',
  alpha0: 'unobservedWeight',
  lambda: 'regularisation',
};

/**
 * Reads settings such as `ials.factors=192`. Names of options are taken in any case and in British or American spelling;
 * `factors` is `rank`. The last of several for one option counts.
 *
 * @param defaults the options of each model that can be set, with their usual values
 * @returns for each model that is named: what to change
 * @throws DomainError BAD_USER_INPUT that lists what exists, when a model or an option does not or a value is of another
 *   kind
 */
export function readOverrides(
  texts: readonly string[],
  defaults: Readonly<Record<string, ModelOptions>>,
): Record<string, Record<string, OptionValue>> {
  const overrides: Record<string, Record<string, OptionValue>> = {};
  for (const text of texts) {
    const match = /^([^.=\s]+)\.([^.=\s]+)=(.*)$/.exec(text);
    if (match === null) {
      throw refusal(text, 'it is written MODEL.OPTION=VALUE, for example ials.factors=192.');
    }
    const [, modelText = '', optionText = '', valueText = ''] = match;
    const model = modelText.toLowerCase();
    const options = Object.hasOwn(defaults, model) ? defaults[model] : undefined;
    if (options === undefined) {
      throw refusal(
        text,
        `there is no model "${modelText}" with options; there are ${Object.keys(defaults).join(', ')}.`,
      );
    }
    const names = Object.keys(options);
    const option = names.find((name) => spelling(name) === spelling(optionText)) ?? aliasOf(optionText, names);
    if (option === undefined) {
      if (names.length === 0) throw refusal(text, `${model} has no options.`);
      throw refusal(text, `${model} has no option "${optionText}"; it has ${names.map(named).join(', ')}.`);
    }
    overrides[model] = { ...overrides[model], [option]: kindredValue(text, valueText.trim(), options[option] ?? null) };
  }
  return overrides;
}

function aliasOf(text: string, names: readonly string[]): string | undefined {
  const alias = ALIASES[text.toLowerCase()];
  return names.find((name) => name === alias);
}

/** One form for British and American spelling and any case. */
function spelling(name: string): string {
  return name.toLowerCase().replaceAll('z', 's').replaceAll('ou', 'o');
}

function named(option: string): string {
  return option === 'rank' ? 'rank (or factors)' : option;
}

/** The kind is that of the usual value; where that is null, a number. */
function kindredValue(text: string, value: string, usual: OptionValue): OptionValue {
  if (value === 'null' || value === 'none') {
    if (typeof usual === 'number' || usual === null) return null;
  } else if (typeof usual === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw refusal(text, 'the value must be true or false.');
  } else if (typeof usual === 'string') {
    if (value !== '') return value;
  } else if (value !== '' && Number.isFinite(Number(value))) {
    return Number(value);
  }
  throw refusal(text, `"${value}" is no value for it; it is ${usual === null ? 'a number or none' : `now ${usual}`}.`);
}

function refusal(text: string, reason: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `--set ${text} cannot be used: ${reason}`);
}
