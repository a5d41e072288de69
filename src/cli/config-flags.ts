/**
 * The configuration's flags on commander commands, made from the one table of flags.
 */

import { type Command, Option } from 'commander';
import { type ConfigFlag, FLAGS } from '../config/flags.ts';
import type { FlagValues } from '../config/option-layer.ts';

/** Adds every configuration flag to a command; returns it. */
export function addConfigFlags(command: Command): Command {
  for (const flag of FLAGS) command.addOption(optionOf(flag));
  return command;
}

/** The configuration flags among a command's options, by their name without dashes. */
export function readFlags(options: Readonly<Record<string, unknown>>): FlagValues {
  const values: Record<string, string | readonly string[]> = {};
  for (const { name } of FLAGS) {
    const value = options[camelCase(name)];
    if (typeof value === 'string') values[name] = value;
    if (Array.isArray(value)) values[name] = value.map(String);
  }
  return values;
}

function optionOf({ name, short, placeholder, description, env, takes }: ConfigFlag): Option {
  const dashes = short === undefined ? `--${name}` : `-${short}, --${name}`;
  const option = new Option(`${dashes} <${placeholder}>`, `${description} (env ${env})`);
  if (takes === 'many') option.argParser((value: string, before: string[] = []) => [...before, value]);
  return option;
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
