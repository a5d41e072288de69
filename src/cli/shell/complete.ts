/**
 * What a command line can go on with, from the tree of commands itself, and from whoever knows the names of things.
 *
 *   svclane get routes -n sh|      ─▶ the value of --namespace ─▶ namespaces that begin with "sh"
 *   svclane explain svc/web:|      ─▶ the first argument       ─▶ the ports of the Service
 *   svclane get r|                 ─▶ a command                ─▶ routes
 */

import type { Command, Option } from 'commander';
import { printable } from '../printable.ts';
import { findPlace, nameOf, optionsAt, type Place } from './place.ts';
import { choicesOf, isFile, kindOfArgument, kindOfOption, type ValueKind } from './value-kinds.ts';

/** One word that may stand there. */
export interface Candidate {
  readonly value: string;
  /** One line; "" = none. */
  readonly description: string;
}

/** What is asked about the values of an argument or an option. */
export interface ValueQuestion {
  readonly kind: ValueKind;
  /** What of the value is there. */
  readonly partial: string;
  /** The name of the command: `drain`. */
  readonly command: string;
  /** The arguments before. */
  readonly operands: readonly string[];
  /** The last value of an option, by its long name. */
  optionOf(name: string): string | undefined;
  /** Without --namespace the command means the namespace "default". */
  readonly isDefaultNamespace: boolean;
}

/** Names the values; those that do not begin with what is there may be among them. Never rejects. */
export type FindValues = (question: ValueQuestion) => Promise<readonly Candidate[]>;

/** What may stand at the end of a line. `files`: a file, which the shell knows best. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

const NOTHING: Completion = { candidates: [], files: false };

/** Completes the last of the words, which may be ""; the name of the program is none of them. */
export async function complete(program: Command, words: readonly string[], find: FindValues): Promise<Completion> {
  const partial = words.at(-1) ?? '';
  const place = findPlace(program, words.slice(0, -1));
  const completion = await completionAt(program, place, partial, find);
  const candidates = completion.candidates
    .filter(({ value }) => value.startsWith(partial) && SAFE.test(value))
    .map(({ value, description }) => ({ value, description: printable(description) }));
  return { ...completion, candidates };
}

/** What a shell takes as it is, wherever it comes from. */
const SAFE = /^[\w.:/@[\]%=,+-]+$/;

/** The lines that `__complete` prints: a value and its description each, and how to go on, as plugins of kubectl do. */
export function formatCompletion({ candidates, files }: Completion): string {
  const lines = candidates.map(({ value, description }) => (description === '' ? value : `${value}\t${description}`));
  const goesOn = candidates.length > 0 && candidates.every(({ value }) => /[=:/]$/.test(value));
  return [...lines, `:${(goesOn ? NO_SPACE : 0) + (files ? 0 : NO_FILES)}`, ''].join('\n');
}

/** Source: kubernetes/kubernetes PR 105867; spf13/cobra, ShellCompDirective. */
const NO_SPACE = 2;
const NO_FILES = 4;

async function completionAt(program: Command, place: Place, partial: string, find: FindValues): Promise<Completion> {
  const { command, waiting, optionsOver, operands } = place;
  if (waiting?.required) return valuesOf(place, waiting, partial, find);
  if (!optionsOver && partial.startsWith('-')) return optionsFrom(program, place, partial, find);
  if (operands.length === 0 && command.commands.length > 0)
    return { ...NOTHING, candidates: commandsOf(command, partial) };
  return argumentValues(place, partial, find);
}

async function optionsFrom(program: Command, place: Place, partial: string, find: FindValues): Promise<Completion> {
  const options = optionsAt(program, place.command);
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(partial) ?? [];
  if (name !== undefined && value !== undefined) {
    const option = options.find(({ long }) => long === name);
    if (!option?.required && !option?.optional) return NOTHING;
    const { candidates, files } = await valuesOf(place, option, value, find);
    return { files, candidates: candidates.map((one) => ({ ...one, value: `${name}=${one.value}` })) };
  }
  const left = options.filter((option) => isRepeatable(option) || !place.given.has(nameOf(option)));
  return { ...NOTHING, candidates: left.map((one) => ({ value: nameOf(one), description: one.description })) };
}

function isRepeatable({ parseArg, variadic }: Option): boolean {
  return parseArg !== undefined || variadic;
}

/** A short name is there for who knows it. */
function commandsOf(command: Command, partial: string): readonly Candidate[] {
  const children = command.createHelp().visibleCommands(command);
  const named = children.map((child) => ({ value: child.name(), description: child.description() }));
  if (named.some(({ value }) => value.startsWith(partial))) return named;
  return children.flatMap((child) => child.aliases().map((value) => ({ value, description: child.description() })));
}

async function valuesOf(place: Place, option: Option, partial: string, find: FindValues): Promise<Completion> {
  if (isFile(option)) return { candidates: [], files: true };
  const choices = choicesOf(option);
  if (choices.length > 0) return { ...NOTHING, candidates: choices.map((value) => ({ value, description: '' })) };
  const kind = kindOfOption(option);
  return kind === undefined ? NOTHING : { ...NOTHING, candidates: await find(questionOf(place, kind, partial)) };
}

async function argumentValues(place: Place, partial: string, find: FindValues): Promise<Completion> {
  const { command, operands } = place;
  const all = command.registeredArguments;
  const argument = all[operands.length] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (!argument) return NOTHING;
  if (argument.argChoices) {
    return { ...NOTHING, candidates: argument.argChoices.map((value) => ({ value, description: '' })) };
  }
  const kind = kindOfArgument(argument);
  if (kind === 'files') return { candidates: [], files: true };
  return kind === undefined ? NOTHING : { ...NOTHING, candidates: await find(questionOf(place, kind, partial)) };
}

function questionOf({ command, given, operands }: Place, kind: ValueKind, partial: string): ValueQuestion {
  const namespace = command.options.find(({ long }) => long === '--namespace');
  return {
    kind,
    partial,
    command: command.name(),
    operands,
    optionOf: (name) => given.get(name)?.at(-1),
    isDefaultNamespace: /default: default\b/.test(namespace?.description ?? ''),
  };
}
