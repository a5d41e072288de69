/**
 * Writes a container image as an OCI archive: one layer made from a folder, under any number of names.
 *
 * ```
 * oci-layout
 * index.json ── one entry a name ──▶ manifest ──▶ config (entrypoint, diff id)
 *                                            └──▶ layer  (the folder, tar + gzip)
 * ```
 */

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCommand } from './run-command.ts';
import { withScratchFolder } from './scratch-folder.ts';

export interface Image {
  /** Full names with tag. */
  readonly names: readonly string[];
  readonly entrypoint: readonly string[];
  /** Arguments of the entrypoint where a pod gives none. */
  readonly command?: readonly string[];
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const EMPTY_MOUNT_POINTS = ['proc', 'sys', 'dev'];

/** Writes `image` with the content of the folder `root` to the file `out`, which appears whole or not at all. */
export function writeOciArchive(out: string, image: Image, root: string): void {
  withScratchFolder(dirname(out), (scratch) => {
    const layout = join(scratch, 'layout');
    const blobs = join(layout, 'blobs', 'sha256');
    mkdirSync(blobs, { recursive: true });
    const manifest = writeManifest(blobs, image, packLayer(root, join(scratch, 'layer.tar')));
    writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    writeFileSync(join(layout, 'index.json'), JSON.stringify(indexOf(image.names, manifest)));
    runCommand('tar', ['-C', layout, '-cf', join(scratch, 'image.tar'), 'oci-layout', 'index.json', 'blobs']);
    renameSync(join(scratch, 'image.tar'), out);
  });
}

/** The folder as one tar; what a runtime mounts over is there, empty. */
function packLayer(root: string, path: string): Buffer {
  const without = EMPTY_MOUNT_POINTS.map((name) => `--exclude=./${name}/*`);
  chmodSync(root, 0o755); // the layer's root; a folder for scratch is closed to other users
  for (const name of EMPTY_MOUNT_POINTS) mkdirSync(join(root, name), { recursive: true });
  runCommand('tar', ['-C', root, '--sort=name', '--numeric-owner', '--anchored', ...without, '-cf', path, '.']);
  return readFileSync(path);
}

function writeManifest(folder: string, image: Image, layer: Buffer): Blob {
  const config = {
    architecture: ARCHITECTURES[arch()] ?? arch(),
    os: 'linux',
    config: {
      Entrypoint: image.entrypoint,
      Cmd: image.command ?? [],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  };
  return writeJsonBlob(folder, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: writeJsonBlob(folder, 'application/vnd.oci.image.config.v1+json', config),
    layers: [writeBlob(folder, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(layer, { level: 1 }))],
  });
}

function indexOf(names: readonly string[], manifest: Blob): unknown {
  const annotate = (name: string) => ({ 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name });
  return { schemaVersion: 2, manifests: names.map((name) => ({ ...manifest, annotations: annotate(name) })) };
}

function writeJsonBlob(folder: string, mediaType: string, value: unknown): Blob {
  return writeBlob(folder, mediaType, Buffer.from(JSON.stringify(value)));
}

function writeBlob(folder: string, mediaType: string, data: Buffer): Blob {
  const digest = digestOf(data);
  writeFileSync(join(folder, digest.slice('sha256:'.length)), data);
  return { mediaType, digest, size: data.length };
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
