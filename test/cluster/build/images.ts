/**
 * The container images of the test cluster. No image registry is asked: each is written from a folder.
 */

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, IMAGE_DIR, MODULES_DIR } from './cache.ts';
import { type Image, writeOciArchive } from './oci-archive.ts';
import { runCommand } from './run-command.ts';
import { withScratchFolder } from './scratch-folder.ts';

/** The prefix under which upstream's tests are told to look for their images; `.invalid` never resolves. */
export const IMAGE_PREFIX = 'svclane.invalid/e2e';

/** The image that holds a pod's namespaces. */
export const SANDBOX_IMAGE = 'svclane.invalid/sandbox:1';

interface ImageRecipe extends Image {
  readonly file: string;
  /** Fills the root folder. */
  readonly fill: (root: string) => void;
}

/** Commands that upstream's tests run inside of their pods. */
const TOOLS = 'curl,wget,bind9-dnsutils,iproute2,netcat-openbsd,iperf,iputils-ping,hostname,procps';

const SANDBOX_SOURCE = `
#include <signal.h>
#include <unistd.h>
static void leave(int signal) { (void)signal; _exit(0); }
int main(void) {
  signal(SIGINT, leave);
  signal(SIGTERM, leave);
  signal(SIGCHLD, SIG_IGN);
  for (;;) pause();
}
`;

const RECIPES: readonly ImageRecipe[] = [
  {
    file: 'agnhost.tar',
    names: ['agnhost:2.63.0', 'pause:3.10.2', 'busybox:1.37.0-1', 'glibc-dns-testing:2.0.0'].map(
      (name) => `${IMAGE_PREFIX}/${name}`,
    ),
    entrypoint: ['/agnhost'],
    command: ['pause'],
    fill: (root) => {
      runCommand('debootstrap', ['--variant=minbase', `--include=${TOOLS}`, 'bookworm', root]);
      for (const name of ['agnhost', 'coredns']) cpSync(binary(name), join(root, name));
      mkdirSync(join(root, 'uploads'));
      for (const name of ['localhost.crt', 'localhost.key']) cpSync(agnhostFile(`porter/${name}`), join(root, name));
    },
  },
  {
    file: 'regression-issue-74839.tar',
    names: [`${IMAGE_PREFIX}/regression-issue-74839:1.4`],
    entrypoint: ['/regression-issue-74839'],
    fill: (root) => cpSync(binary('regression-issue-74839'), join(root, 'regression-issue-74839')),
  },
  {
    file: 'sandbox.tar',
    names: [SANDBOX_IMAGE],
    entrypoint: ['/sandbox'],
    fill: (root) => {
      writeFileSync(join(root, 'sandbox.c'), SANDBOX_SOURCE);
      runCommand('gcc', ['-static', '-Os', '-o', 'sandbox', 'sandbox.c'], { cwd: root });
      rmSync(join(root, 'sandbox.c'));
    },
  },
];

/** Writes those images that the cache lacks. Each appears whole or not at all. */
export function writeImages(): void {
  mkdirSync(IMAGE_DIR, { recursive: true });
  for (const { file, fill, ...image } of RECIPES) {
    const out = join(IMAGE_DIR, file);
    if (existsSync(out)) continue;
    withScratchFolder(IMAGE_DIR, (root) => {
      fill(root);
      writeOciArchive(out, image, root);
    });
    console.log(`wrote ${file}`);
  }
}

/** A file that upstream's recipe of the agnhost image adds. */
function agnhostFile(path: string): string {
  const cwd = join(MODULES_DIR, 'kubernetes');
  const kubernetes = runCommand('go', ['list', '-m', '-f', '{{.Dir}}', 'k8s.io/kubernetes'], { cwd }).trim();
  return join(kubernetes, 'test', 'images', 'agnhost', path);
}

/** The paths of all image archives, for a node to import. */
export function imageArchives(): readonly string[] {
  return RECIPES.map(({ file }) => join(IMAGE_DIR, file));
}
