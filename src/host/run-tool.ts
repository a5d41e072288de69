/**
 * Runs one of the machine's own tools (`nft`, `ip`, `systemd-notify`), without a shell.
 */

import { spawn } from 'node:child_process';

const TIMEOUT_MS = 60_000;
/** Daemons often start with a PATH that lacks the folders in which `nft` and `ip` live. */
const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ToolOptions {
  /** Written to standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A tool that could not be started or that failed. `missing` = it is not installed; `stderr` is what it said, trimmed. */
export class ToolError extends Error {
  readonly missing: boolean;
  readonly stderr: string;

  constructor(tool: string, outcome: string, { missing = false, stderr = '', cause }: Partial<ToolErrorFacts>) {
    super(stderr === '' ? `${tool}: ${outcome}` : `${tool}: ${firstLine(stderr)}`, { cause });
    this.name = 'ToolError';
    this.missing = missing;
    this.stderr = stderr;
  }
}

interface ToolErrorFacts {
  readonly missing: boolean;
  readonly stderr: string;
  readonly cause: unknown;
}

/** Runs a tool to its end and gives what it printed. Throws {@link ToolError}; a tool that hangs is killed after a minute. */
export function runTool(tool: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(tool, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: TOOL_PATH, LC_ALL: 'C', ...options.env },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    killSignal: 'SIGKILL',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.on('error', (cause) => {
    const missing = 'code' in cause && cause.code === 'ENOENT';
    reject(new ToolError(tool, missing ? 'is not installed' : cause.message, { missing, cause }));
  });
  child.on('close', (code, signal) => {
    if (code === 0) return resolve(Buffer.concat(stdout).toString());
    const said = Buffer.concat(stderr).toString().trim();
    reject(new ToolError(tool, signal ? `ended by ${signal}` : `exit code ${code}`, { stderr: said }));
  });
  // A tool that ends before it has read everything tells why by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return promise;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
