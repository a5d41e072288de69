/**
 * `docs/cli.md`, made from the tree of commands, so that it says what the program takes.
 */

import type { Command, Option } from 'commander';
import { FLAGS } from '../../config/flags.ts';
import { EXIT_CODES, FILES, VARIABLES } from './command-facts.ts';
import { optionsAt } from './place.ts';

const ROOT = 'svclane';

/** The whole document. Options that come from the configuration are told once. */
export function formatCommandDocs(program: Command): string {
  const commands = leavesOf(program, ROOT);
  const shared = commands.flatMap(({ command }) => command.options).filter(isConfigFlag);
  const flags = FLAGS.flatMap(({ name }) => shared.find(({ long }) => long === `--${name}`) ?? []);
  const parts = [
    INTRODUCTION,
    tableOf(
      ['command', 'what it does'],
      commands.map(({ command, path }) => [`[\`${path}\`](#${anchorOf(path)})`, command.description()]),
    ),
    `Every command takes \`--help\`${globalsOf(program)}.`,
    ...commands.map((leaf) => sectionOf(program, leaf)),
    `## Configuration flags\n\nOf \`run\`, \`demo\` and \`config\`; [configuration.md](configuration.md) says what they set.\n\n${optionTable(flags)}`,
    `## Exit codes\n\n${tableOf(
      ['code', 'meaning'],
      EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
    )}`,
    `## Environment\n\nA configuration flag has its variable beside it, above. Besides:\n\n${tableOf(['variable', 'meaning'], VARIABLES.map(codeFirst))}`,
    `## Files\n\n${tableOf(['file', 'what it is'], FILES.map(codeFirst))}`,
    CLOSING,
  ];
  return `${parts.join('\n\n')}\n`;
}

interface Leaf {
  readonly command: Command;
  readonly path: string;
}

/** Commands that do something, in the order of the help. */
function leavesOf(command: Command, path: string): Leaf[] {
  const children = command.createHelp().visibleCommands(command);
  return children
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => {
      const childPath = `${path} ${child.name()}`;
      return child.commands.length > 0 ? leavesOf(child, childPath) : [{ command: child, path: childPath }];
    });
}

function sectionOf(program: Command, { command, path }: Leaf): string {
  const globals = new Set(program.options.map(({ long }) => long));
  const options = optionsAt(program, command).filter(({ long }) => long !== '--help' && !globals.has(long));
  const own = options.filter((option) => !isConfigFlag(option) || !hasAllFlags(command));
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const usage = [path, ...words, ...(options.length > 0 ? ['[options]'] : [])].join(' ');
  const parent = path.slice(0, -command.name().length);
  const aliases = command.aliases().map((alias) => `\`${parent}${alias}\``);
  return [
    `## ${path}`,
    `${sentenceOf(command.description())}${aliases.length > 0 ? ` Also ${aliases.join(', ')}.` : ''}`,
    `\`\`\`\n${usage}\n\`\`\``,
    ...(own.length > 0 ? [optionTable(own)] : []),
    ...(own.length < options.length ? ['And the [configuration flags](#configuration-flags).'] : []),
  ].join('\n\n');
}

function isConfigFlag({ long, description }: Option): boolean {
  return FLAGS.some(({ name, env }) => long === `--${name}` && description.includes(`env ${env}`));
}

function hasAllFlags(command: Command): boolean {
  return command.options.filter(isConfigFlag).length === FLAGS.length;
}

function globalsOf({ options }: Command): string {
  const told = options.filter(({ hidden, long }) => !hidden && long !== '--version');
  return told.map(({ flags, description }) => `, and \`${flags}\`: ${description}`).join('');
}

function optionTable(options: readonly Option[]): string {
  return tableOf(
    ['option', 'meaning'],
    options.map(({ flags, description }) => [`\`${flags}\``, description]),
  );
}

function codeFirst([name, meaning]: readonly [string, string]): readonly [string, string] {
  return [`\`${name}\``, meaning];
}

function tableOf(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(headers), line(headers.map(() => '---')), ...rows.map(line)].join('\n');
}

/** In a table a bar ends the cell, in code too; what looks like a tag is none. */
function cellOf(text: string): string {
  const parts = text.split(/(`[^`]*`)/);
  const safe = parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')));
  return safe.join('').replaceAll('|', '\\|');
}

function sentenceOf(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function anchorOf(path: string): string {
  return path.replaceAll(' ', '-');
}

const INTRODUCTION = `# The command line

Made from the commands themselves by \`node src/main.ts __docs > docs/cli.md\`; a test holds the two equal.`;

const CLOSING = `## Namespaces

Without \`-n\` lists are of all namespaces. A Service that is named is in \`default\`; of a daemon in mode dev (\`forward\`, \`demo\`), of a bundle
and of manifests, which are one person's, it is the one of that name that is there, whatever its namespace, as long as there is only one. \`--cluster\`
and \`doctor\` take the namespace of the context where nothing else is known.

## Output

Tables are for people: columns may be added. \`-o json\` and \`-o yaml\` have the fields of the [API](api.md), \`-o name\` and
\`-o jsonpath=…\` are for scripts. Results go to stdout; errors go to stderr, as one line \`error: …\` and one line \`hint: …\`.

\`get … -w\` goes on: the table has a column EVENT, ADDED for what is there or comes, MODIFIED for what changes, DELETED for
what has gone, with the last that was known of it. With \`-o json\` each is a line \`{"type": …, "object": …}\`; with
\`-o name\` what has gone is followed by the word \`deleted\`; with \`-o yaml\` and \`-o jsonpath=…\` the whole list comes again
when something in it has changed.

\`top\` on a terminal: \`q\` ends it; \`f\` \`n\` \`i\` \`o\` \`e\` \`l\` \`s\` sort by flows, new flows, bytes in, bytes out, failures,
latency, and by name; the same key again turns the order round. Elsewhere it prints a table each interval.

## Completion

\`\`\`sh
source <(svclane completion bash)                      # in ~/.bashrc
source <(svclane completion zsh)                       # in ~/.zshrc, behind compinit
svclane completion fish | source                       # in ~/.config/fish/config.fish
\`\`\`

Commands, options and their values come from svclane itself; Services and their ports, namespaces, endpoints, flows and nodes
from the running daemon, which is given half a second (\`SVCLANE_COMPLETION_TIMEOUT\`); contexts from the kubeconfig; files from
the shell. Without a daemon what needs one is left out, silently. The scripts ask \`svclane __complete -- WORD…\`, whose answer has a line for each word,
a tab and its description, and at last \`:\` and a number: 2 no space behind it, 4 no files, 6 both.

## As a plugin of kubectl

\`\`\`sh
sudo install -m 755 config/kubectl-svclane config/kubectl_complete-svclane /usr/local/bin/
kubectl svclane get routes
\`\`\`

With \`svclane\` on the PATH too, \`kubectl svclane …\` is \`svclane …\`, says so in its help, and is completed where kubectl is.`;
