/**
 * The contexts of the kubeconfig, for completion.
 */

import { fieldOf, textOf } from '../../source/kubernetes/json-value.ts';
import { type Environment, readKubeconfig } from '../../source/kubernetes/kubeconfig-files.ts';
import type { Candidate } from './complete.ts';

/** The contexts in the order of the files; `kubeconfig` as for `--kubeconfig`. Throws `SVL_KUBECONFIG`. */
export function findContexts(kubeconfig: string | undefined, env: Environment): readonly Candidate[] {
  const contexts = readKubeconfig(kubeconfig ?? '', env)?.contexts ?? [];
  return contexts.map(({ name, context }) => ({
    value: textOf(name),
    description: [textOf(fieldOf(context, 'cluster')), textOf(fieldOf(context, 'namespace'))].filter(Boolean).join(' '),
  }));
}
