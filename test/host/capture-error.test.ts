import t from 'tap';
import { SvclaneError } from '../../src/errors.ts';
import { captureError } from '../../src/host/capture-error.ts';
import { ToolError } from '../../src/host/run-tool.ts';

t.test('the hint fits the cause', async (t) => {
  for (const [name, cause, message, hint] of [
    [
      'not installed',
      new ToolError('nft', 'is not installed', { missing: true }),
      'x: nft: is not installed',
      /install/,
    ],
    [
      'no right',
      new ToolError('nft', '', { stderr: 'Operation not permitted\nmore' }),
      'x: nft: Operation not permitted',
      /CAP_NET_ADMIN/,
    ],
    ['another failure', new ToolError('ip', '', { stderr: 'Invalid argument' }), 'x: ip: Invalid argument', undefined],
    ['another error', new Error('boom'), 'x: boom', undefined],
    ['no error at all', 'boom', 'x: boom', undefined],
  ] as const) {
    t.match(captureError('x', cause), { code: 'SVL_CAPTURE', message, hint, cause }, name);
  }
});

t.test('an error that says it all already is kept', async (t) => {
  const error = new SvclaneError('SVL_CAPTURE', 'another svclane');
  t.equal(captureError('x', error), error);
});
