import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { startShopDaemon } from '../fixtures/shop-daemon.ts';
import { putSvclaneOnPath } from '../fixtures/svclane-on-path.ts';

const SCRIPT = resolve(import.meta.dirname, '../../config/completion/svclane.zsh');

/** An interactive zsh on a pseudo terminal: types each line with a TAB, and prints what the line became or what was listed. */
const DRIVER = `
zmodload zsh/zpty
zpty shell zsh -f -i
say() { zpty -w shell "$1" }
# Reads until a mark; gives up after so many rounds.
await() {
  local chunk; text=
  repeat 400; do
    if zpty -rt shell chunk; then text+=$chunk; [[ $text == *$1* ]] && return 0
    else zselect -t 5; fi
  done
  print -u2 "no $1 in: $text"; exit 1
}
zmodload zsh/zselect
say "PS1='' ; PS2='' ; stty -echo ; zstyle ':completion:*' list-colors '' ; setopt no_beep no_list_beep auto_list no_auto_menu no_list_packed"
say "autoload -Uz compinit && compinit -D -u && source $1"
say "shown() { print -r -- \\"<<\\$BUFFER>>\\" ; BUFFER= ; zle redisplay } ; zle -N shown ; bindkey '^Xd' shown"
say 'print rea""dy'
await ready
zpty -w -n shell "$2"$'\\t'
zpty -w -n shell $'\\x18d'
await '>>'
print -r -- "$text"
zpty -d shell
`;

t.test('a real zsh completes commands, options, and what the daemon has', async (t) => {
  const { host } = await startShopDaemon(t);
  const { home, env } = putSvclaneOnPath(t, host);
  writeFileSync(join(home, 'config.yaml'), '');
  const cases: readonly [string, RegExp][] = [
    ['svclane expl', /<<svclane explain >>/],
    ['svclane get r', /<<svclane get routes >>/],
    ['svclane get routes --all', /<<svclane get routes --all-namespaces >>/],
    ['svclane get routes -n s', /<<svclane get routes -n shop >>/],
    ['svclane get routes svc/', /<<svclane get routes svc\/svc-0 >>/],
    ['svclane explain svc/svc-0:h', /<<svclane explain svc\/svc-0:http >>/],
    ['svclane run --config con', /<<svclane run --config config\.yaml ?>>/],
    ['svclane run --config=con', /<<svclane run --config=config\.yaml ?>>/],
    ['svclane override svc/s', /<<svclane override svc\/svc-0=>>/],
    ['svclane get e', /endpoints +-- every endpoint/],
  ];
  for (const [line, expected] of cases) {
    const { stdout } = await promisify(execFile)('zsh', ['-f', '-c', DRIVER, 'zsh', SCRIPT, line], { env, cwd: home });
    t.match(stdout, expected, line);
  }
});
