/**
 * What the comparison needs of the machine: Debian's packages of the peers and tools, and Go for the generator.
 */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.ts';

const PACKAGES: Readonly<Record<string, string>> = {
  '/usr/sbin/haproxy': 'haproxy',
  '/usr/sbin/nginx': 'nginx-light',
  '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
  '/usr/bin/iperf3': 'iperf3',
  '/usr/bin/wrk': 'wrk',
};

/** Installs what is missing, where this is root; else throws with the command that would. */
export async function installTools(): Promise<void> {
  const missing = Object.entries(PACKAGES).flatMap(([file, name]) => (existsSync(file) ? [] : [name]));
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`missing: ${missing.join(', ')}; as root: ${install}`);
  console.log(`installing ${missing.join(', ')}`);
  await run(['apt-get', 'update', '-qq']);
  await run(['env', 'DEBIAN_FRONTEND=noninteractive', ...install.split(' ')]);
}

/** Builds the generator into `folder` and gives its path. */
export async function buildGenerator(folder: string): Promise<string> {
  const source = join(import.meta.dirname, 'gen');
  const target = join(folder, 'gen');
  mkdirSync(folder, { recursive: true });
  const go = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';
  try {
    await run([go, 'build', '-C', source, '-o', target, '.']);
  } catch (cause) {
    throw new Error(`the load generator cannot be built: is Go 1.25 or newer installed? ${String(cause)}`, { cause });
  }
  return target;
}

/** The machine and the versions, one line each, for the report. */
export async function describeMachine(): Promise<readonly string[]> {
  const cpu = /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? 'unknown processor';
  const { availableParallelism, release } = await import('node:os');
  const first = async (command: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await outputs(command);
    return (
      `${stdout}${stderr}`
        .trim()
        .split('\n')[0]
        ?.replace(/ - https.*$/, '') ?? ''
    );
  };
  return [
    `${availableParallelism()} × ${cpu}, Linux ${release()}`,
    `Node.js ${process.versions.node}`,
    await first(['/usr/sbin/haproxy', '-v']),
    await first(['/usr/sbin/nginx', '-v']),
  ];
}

async function outputs(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { execFile } = await import('node:child_process');
  const [program = '', ...args] = command;
  return new Promise((resolve) => execFile(program, args, (_, stdout, stderr) => resolve({ stdout, stderr })));
}
