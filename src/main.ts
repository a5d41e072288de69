#!/usr/bin/env node
/**
 * The entry: checks the Node version before anything that needs it is loaded, then runs the CLI. The only caller of
 * `process.exit`.
 */

import { useCompileCache } from './cli/compile-cache.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`error: svclane needs Node.js 22.19 or newer, this is ${process.versions.node}\n`);
  process.exit(1);
}

// The one command that people wait for each time, and that is large.
if (process.argv[2] === 'forward') useCompileCache(process.env);
const { runCli } = await import('./cli/cli.ts');
process.exit(await runCli(process.argv.slice(2)));
