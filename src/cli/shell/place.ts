/**
 * Where a command line stands: which command it is of, what was given to it, and whether an option waits for its value.
 */

import type { Command, Option } from 'commander';

/** The words of a command line, taken apart by the tree of commands. */
export interface Place {
  readonly command: Command;
  /** The values of each option so far, by its long name; an option without a value has "". */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The arguments that are complete. */
  readonly operands: readonly string[];
  /** The option whose value comes next. */
  readonly waiting: Option | undefined;
  /** Behind `--`: what comes is no option. */
  readonly optionsOver: boolean;
}

/** Follows complete words from the top of the tree. */
export function findPlace(program: Command, words: readonly string[]): Place {
  let command = program;
  let waiting: Option | undefined;
  let optionsOver = false;
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  const give = (option: Option, value: string): void => {
    const name = nameOf(option);
    given.set(name, [...(given.get(name) ?? []), value]);
  };
  for (const word of words) {
    if (waiting && (waiting.required || !word.startsWith('-'))) {
      give(waiting, word);
      waiting = undefined;
      continue;
    }
    const { option, value } = optionsOver ? NO_OPTION : readOption(program, command, word);
    waiting = undefined;
    if (option && value === undefined && takesValue(option)) waiting = option;
    else if (option) give(option, value ?? '');
    else if (word === '--') optionsOver = true;
    else if (optionsOver || !word.startsWith('-')) {
      const next = operands.length === 0 && !optionsOver ? childOf(command, word) : undefined;
      if (next) command = next;
      else operands.push(word);
    }
  }
  return { command, given, operands, waiting, optionsOver };
}

/** The options of a command, and those that all have. */
export function optionsAt(program: Command, command: Command): readonly Option[] {
  const visible = command.createHelp().visibleOptions(command);
  const names = new Set(visible.map(nameOf));
  // Each command has a --help of its own; the version is asked of the program.
  const everywhere = command === program ? [] : program.options.filter((option) => nameOf(option) !== '--version');
  return [...visible, ...everywhere.filter((option) => !option.hidden && !names.has(nameOf(option)))];
}

/** `--namespace`; the short name where it has no other. */
export function nameOf({ long, short }: Option): string {
  return long ?? short ?? '';
}

interface ReadOption {
  readonly option: Option | undefined;
  /** `undefined` = none in the same word. */
  readonly value: string | undefined;
}

const NO_OPTION: ReadOption = { option: undefined, value: undefined };

/** `--name`, `--name=value`, `-n`, `-nvalue`. */
function readOption(program: Command, command: Command, word: string): ReadOption {
  const [, long, value] = /^(--[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const all = [...command.options, ...program.options];
  if (long !== undefined) return { option: all.find((option) => option.long === long), value };
  const [, short, rest = ''] = /^(-[^-])(.*)$/s.exec(word) ?? [];
  if (short === undefined) return NO_OPTION;
  return { option: all.find((option) => option.short === short), value: rest === '' ? undefined : rest };
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** `help` leads to the commands that it is about. */
function childOf(command: Command, word: string): Command | undefined {
  const found = command.commands.find((child) => child.name() === word || child.aliases().includes(word));
  return found ?? (word === 'help' && command.commands.length > 0 ? command : undefined);
}
