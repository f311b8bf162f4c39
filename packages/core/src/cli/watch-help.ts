/** What `watch --help` and the key `h` show; apart, so that `--help` loads no key handling. */
export const HELP: string = [
  'Keys:',
  '  r, Enter  run everything again',
  '  f         choose cases by name',
  '  l         run what failed last',
  '  s         stop the current run; what was measured is reported',
  '  h         this help',
  '  q         quit',
  '  Ctrl-C    stop the current run; without one, quit',
].join('\n')
