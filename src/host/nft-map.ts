/**
 * The kernel's copy of the frontends, brought to what is wanted by transactions.
 *
 * ```
 *   #wanted ──sync──▶ #installed       what differs is in #dirty until a transaction carried it
 *   #clusterIPs                        the cluster IPs among their addresses, in the same transactions
 * ```
 */

import type { IpFamily } from '../model/address.ts';
import type { Binding } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';
import { CapturedClusterIPs } from './captured-cluster-ips.ts';
import { changeElements, type Element, elementFor, replaceTable } from './nft-table.ts';
import { runTool, ToolError } from './run-tool.ts';

/** Keeps our nftables table. One `sync` at a time, and no `want` or `unwant` during it. */
export class NftMap {
  readonly #families: readonly IpFamily[];
  readonly #bindingOf: (frontend: Frontend) => Binding;
  readonly #wanted = new Map<string, Frontend>();
  readonly #installed = new Map<string, Element>();
  readonly #dirty = new Set<string>();
  readonly #clusterIPs = new CapturedClusterIPs();
  /** The kernel's table is not known to be ours as a whole: the next transaction replaces it. */
  #replace = true;

  /** Frontends of other families than `families` are left out. */
  constructor(families: readonly IpFamily[], bindingOf: (frontend: Frontend) => Binding) {
    this.#families = families;
    this.#bindingOf = bindingOf;
  }

  /** Wants the frontend, at the binding that it has at the next `sync`. */
  want(frontend: Frontend): void {
    if (!this.#families.includes(frontend.family)) return;
    this.unwant(frontend);
    this.#wanted.set(frontend.key, frontend);
    this.#clusterIPs.use(frontend);
  }

  /** Wants the frontend no more. */
  unwant({ key }: Pick<Frontend, 'key'>): void {
    const known = this.#wanted.get(key);
    if (known) this.#clusterIPs.disuse(known);
    this.#wanted.delete(key);
    this.#dirty.add(key);
  }

  /** What was installed is lost or in doubt: the next `sync` puts the whole table anew. */
  doubt(): void {
    this.#replace = true;
  }

  /** One transaction with the differences; where there is doubt or the kernel refuses, one with the whole. Throws `ToolError`. */
  async sync(): Promise<void> {
    if (!this.#replace && (await this.#applyChanges())) return;
    this.#replace = true;
    await this.#applyWhole();
    this.#replace = false;
  }

  async #applyChanges(): Promise<boolean> {
    const changes = [...this.#dirty].map((key) => ({
      key,
      before: this.#installed.get(key),
      after: this.#element(key),
    }));
    const different = changes.filter(({ before, after }) => before?.text !== after?.text);
    const clusterIPs = this.#clusterIPs.difference();
    const text = changeElements(
      { elements: different.flatMap(({ before }) => before ?? []), clusterIPs: clusterIPs.removed },
      { elements: different.flatMap(({ after }) => after ?? []), clusterIPs: clusterIPs.added },
    );
    if (text !== '' && !(await accepted(text))) return false;
    for (const { key, after } of changes) this.#settle(key, after);
    this.#clusterIPs.settleDifference();
    return true;
  }

  async #applyWhole(): Promise<void> {
    const elements = [...this.#wanted.keys()].flatMap((key) => this.#element(key) ?? []);
    const content = { elements, clusterIPs: this.#clusterIPs.all() };
    await runTool('nft', ['-f', '-'], { input: replaceTable(this.#families, content) });
    this.#installed.clear();
    this.#dirty.clear();
    this.#clusterIPs.settleWhole();
    for (const element of elements) this.#installed.set(element.frontend.key, element);
  }

  #settle(key: string, element: Element | undefined): void {
    this.#dirty.delete(key);
    if (element) this.#installed.set(key, element);
    else this.#installed.delete(key);
  }

  #element(key: string): Element | undefined {
    const frontend = this.#wanted.get(key);
    return frontend && elementFor(frontend, this.#bindingOf(frontend));
  }
}

async function accepted(text: string): Promise<boolean> {
  try {
    await runTool('nft', ['-f', '-'], { input: text });
    return true;
  } catch (error) {
    if (error instanceof ToolError) return false;
    throw error;
  }
}
