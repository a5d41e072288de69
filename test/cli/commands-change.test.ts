import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import t, { type Test } from 'tap';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import type { AdminView } from '../../src/admin/view.ts';
import { addChangeCommands } from '../../src/cli/commands-change.ts';
import { exitCodeOf } from '../../src/cli/report-error.ts';
import { SvclaneError } from '../../src/errors.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fullView } from '../fixtures/api-view.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string;
  readonly hint: string;
}

/** A daemon's API on a socket, with its token beside it; and how a command line ends that asks it. */
async function daemonOf(t: Test, over: Partial<AdminView> = {}): Promise<(line: string) => Promise<Outcome>> {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-change-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const token = { path: join(folder, 'token'), create: true };
  const listen = `unix:${folder}/admin.sock`;
  const server = createAdminServer(fullView(over), { listen, clock: systemClock, token });
  t.teardown(() => server.close());
  await server.start();
  writeFileSync(join(folder, 'wrong'), 'another-token-than-that');
  return (line) => run([...line.replaceAll('FOLDER', folder).split(' '), '--host', listen]);
}

async function run(args: readonly string[]): Promise<Outcome> {
  let code = 0;
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addChangeCommands(program, (given) => {
    code = given;
  });
  const written = { stdout: '', stderr: '' };
  const originals = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    };
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return { code, ...written, error: '', hint: '' };
  } catch (error) {
    if (!(error instanceof SvclaneError)) throw error;
    return { code: exitCodeOf(error), ...written, error: error.message, hint: error.hint ?? '' };
  } finally {
    process.stdout.write = originals.stdout;
    process.stderr.write = originals.stderr;
  }
}

t.test('drain, quarantine and restore take an address, a pod or an id', async (t) => {
  const ask = await daemonOf(t, { exclusions: () => [] });
  const lines = [
    'drain 10.244.1.7:8080',
    'quarantine 10.244.1.7 svc/web',
    'drain shop~web~http~TCP~10.244.1.7~8080 svc/web:http -n shop',
  ];
  for (const line of lines) {
    t.match(await ask(line), { code: 0, stdout: 'shop/web:http 10.244.1.7:8080 drained\n' }, line);
  }
  t.match(await ask('restore fd00::7'), { code: 0, stdout: 'shop/dns:dns [fd00::7]:53 restored\n' });
  const json = await ask('drain 10.244.1.7 -o json');
  t.match(JSON.parse(json.stdout), { items: [{ endpoint: '10.244.1.7:8080', state: 'drained', changed: true }] });
  t.match(await ask('drain 10.244.1.7 --wait 1s'), { code: 0 }, 'nobody has it');
});

t.test('what is so already is told, and is no error', async (t) => {
  const ask = await daemonOf(t, { restoreEndpoint: async () => false });
  t.match(await ask('drain 10.244.1.7'), { code: 0, stdout: /was drained already/ });
  t.match(await ask('restore 10.244.1.7'), { code: 0, stdout: /was neither drained nor ejected/ });
});

t.test('an endpoint that is not there is exit 3, with the nearest', async (t) => {
  const ask = await daemonOf(t);
  t.match(await ask('drain 10.244.1.9:8080'), { code: 3, error: /no endpoint/, hint: 'did you mean 10.244.1.7:8080?' });
  t.match(await ask('drain web-0 svc/web'), { code: 3, hint: 'svclane get endpoints svc/web shows all' });
  t.match(await ask('restore 10.244.1.7 svc/dns'), { code: 3, error: /of svc\/dns/ });
  t.match(await ask('drain 10.244.1.7 svc/web:https'), { code: 3 });
  t.match(await ask('drain 10.244.1.7 --wait soon'), { code: 2 });
  t.match(await ask('drain 10.244.1.7 -o yaml'), { code: 2 });
});

t.test('kill ends what is there, and then tells what is not', async (t) => {
  const ask = await daemonOf(t);
  t.match(await ask('kill c-41 u-7'), { code: 0, stdout: 'c-41 ended\nu-7 ended\n' });
  t.match(await ask('kill c-42 c-41'), {
    code: 3,
    stdout: 'c-41 ended\n',
    error: /"c-42"/,
    hint: 'did you mean c-41?',
  });
  t.match(await ask('kill x/../y'), { code: 3, error: /"x\/..\/y"/ }, 'an id is never a path');
});

t.test('probe prints a row an endpoint, and 4 where none accepts', async (t) => {
  const ask = await daemonOf(t, {
    probe: async ({ key }) => ({ elapsedMs: 1.25, error: key === '10.244.1.8:8080' ? 'ECONNREFUSED' : undefined }),
  });
  const { code, stdout } = await ask('probe svc/web -n shop');
  t.equal(code, 0);
  t.match(
    stdout,
    /^ENDPOINT +POD +NODE +PORT +STATE +RESULT +LATENCY\n10\.244\.1\.7:8080 .* http\/tcp +ready +accepted +1\.\dms\n/,
  );
  t.match(stdout, /10\.244\.1\.8:8080 .* ECONNREFUSED/);
  t.match(await ask('probe svc/dns -n shop --no-headers'), { code: 0, stdout: /^\[fd00::7\]:53 .*skipped/ });
  t.match(await ask('probe svc/web'), { code: 3, hint: /svc\/web -n shop/ });
  t.match(await ask('probe svc/web:htp -n shop'), { code: 3, error: /no such port/ });
  t.match(await ask('probe svc/web -n shop --timeout 1h'), { code: 2 });
  const dead = await daemonOf(t, { probe: async () => ({ elapsedMs: 1, error: 'ETIMEDOUT' }) });
  t.match(await dead('probe svc/web -n shop -o json'), { code: 4, stdout: /"error": "ETIMEDOUT"/ });
});

t.test('a token that is wrong, and one that cannot be read, say which file it is about', async (t) => {
  const ask = await daemonOf(t);
  t.match(await ask('kill c-41 --token-file FOLDER/wrong'), {
    code: 1,
    error: /does not take the token from .*wrong/,
    hint: /--token-file/,
  });
  t.match(await ask('kill c-41 --token-file FOLDER/none'), { code: 1, error: /cannot read the token/ });
  t.match(await ask('kill c-41 --token-file FOLDER/token'), { code: 0 });
});
