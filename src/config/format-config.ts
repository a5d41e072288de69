/**
 * Configuration as YAML text.
 */

import { type TSchema, Type } from 'typebox';
import { Document, isMap, isScalar, type Node } from 'yaml';
import { settingsOf } from './build-config.ts';
import type { Config } from './config.ts';
import { defaultSettings } from './default-settings.ts';
import { API_VERSION, SETTINGS, type Settings } from './schema.ts';

/** A file that resolves to `config`, whatever the environment. */
export function formatConfig(config: Config): string {
  return documentOf(settingsOf(config)).toString(LAYOUT);
}

/** A file with every default of a mode, each key with a comment that says what it means. */
export function writeDefaults(mode: Config['mode']): string {
  const document = documentOf(defaultSettings(mode));
  describeKeys(document.contents, SETTINGS);
  return document.toString(LAYOUT);
}

const LAYOUT = { lineWidth: 0, flowCollectionPadding: false } as const;

function documentOf(settings: Settings): Document {
  return new Document({ apiVersion: API_VERSION, kind: 'ProxyConfiguration', ...settings });
}

function describeKeys(node: Node | null | unknown, schema: TSchema): void {
  if (!isMap(node) || !Type.IsObject(schema)) return;
  for (const { key, value } of node.items) {
    const property = isScalar(key) ? schema.properties[String(key.value)] : undefined;
    if (!property || !isScalar(key)) continue;
    if ('description' in property) key.commentBefore = ` ${property.description}`;
    describeKeys(value, property);
  }
}
