import t from 'tap';
import { configPath } from '../../src/config/config-path.ts';

t.test('the path of the file comes from the flag, then from its twin', (t) => {
  t.equal(configPath({ SVCLANE_CONFIG: 'a' }, { config: 'b' }), 'b');
  t.equal(configPath({ SVCLANE_CONFIG: 'a' }, {}), 'a');
  t.equal(configPath({ SVCLANE_CONFIG: '' }, {}), undefined);
  t.end();
});
