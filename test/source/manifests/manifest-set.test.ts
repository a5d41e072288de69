import t from 'tap';
import { decodeObject } from '../../../src/model/decode-object.ts';
import { type ManifestChanges, ManifestSet } from '../../../src/source/manifests/manifest-set.ts';
import { parseManifest } from '../../../src/source/manifests/parse-manifest.ts';
import { serviceYaml, sliceYaml } from '../../fixtures/manifests.ts';

function setUp() {
  const set = new ManifestSet();
  const put = (file: string, text: string) => {
    set.replace(file, parseManifest(file, text, (raw) => decodeObject(raw)).objects);
    return told(set.takeChanges());
  };
  return { set, put };
}

function told({ applied, deleted, rejections }: ManifestChanges): string[] {
  return [
    ...deleted.map(({ kind, name }) => `-${kind}/${name}`),
    ...applied.map(({ kind, name, resourceVersion }) => `+${kind}/${name}@${resourceVersion}`),
    ...rejections.map(({ name, where }) => `!${name} ${where}`),
  ];
}

t.test('only real differences are told, each with a version that grows', (t) => {
  const { set, put } = setUp();
  t.same(put('a.yaml', `${serviceYaml('web')}---\n${sliceYaml('web-1')}`), [
    '+EndpointSlice/web-1@1',
    '+Service/web@2',
  ]);
  t.same(put('a.yaml', `# moved\n${serviceYaml('web')}---\n${sliceYaml('web-1')}`), [], 'a comment');
  t.same(put('a.yaml', `${serviceYaml('web')}---\n${sliceYaml('web-1', '10.244.0.2')}`), ['+EndpointSlice/web-1@3']);
  t.same([set.count('Service'), set.count('EndpointSlice'), set.version], [1, 1, '3']);
  t.same(put('a.yaml', serviceYaml('web')), ['-EndpointSlice/web-1']);
  t.same([set.count('Service'), set.count('EndpointSlice'), set.version], [1, 0, '4']);
  t.end();
});

t.test('an object that moves to another file is not deleted on the way', (t) => {
  const set = new ManifestSet();
  const objects = parseManifest('a.yaml', serviceYaml('web'), (raw) => decodeObject(raw)).objects;
  set.replace('a.yaml', objects);
  set.takeChanges();
  set.replace('a.yaml', []);
  set.replace('b.yaml', objects);
  t.same(told(set.takeChanges()), []);
  t.end();
});

t.test('of two files the later name counts, whichever came first; the other takes its place', (t) => {
  const { put } = setUp();
  const other = serviceYaml('web', '{type: ExternalName, externalName: x}');
  t.same(put('b.yaml', other), ['+Service/web@1']);
  t.same(put('a.yaml', serviceYaml('web')), ['!web a.yaml:1 (document 1)'], 'told, not applied');
  t.same(put('a.yaml', serviceYaml('web')), [], 'told once');
  t.same(put('b.yaml', ''), ['+Service/web@2']);
  t.same(put('b.yaml', other), ['+Service/web@3', '!web a.yaml:1 (document 1)']);
  t.end();
});

t.test('a manifest keeps the version it has, but an edit is never hidden by it', (t) => {
  const { put } = setUp();
  const dump = (port: number, version: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, resourceVersion: "${version}"}\nspec: {ports: [{port: ${port}}]}\n`;
  t.same(put('a.yaml', dump(80, '812')), ['+Service/web@812']);
  t.same(put('a.yaml', dump(81, '812')), ['+Service/web@812.2']);
  t.same(put('a.yaml', dump(81, '813')), ['+Service/web@813']);
  t.end();
});
