const COMMON = [
  '  s         stop the current run; what was measured is reported',
  '  h         this help',
  '  q         quit',
  '  Ctrl-C    stop the current run; without one, quit',
]

/** What `--help` and the key `h` show of a session; apart, so that `--help` loads no key handling. */
export const HELP: Readonly<Record<'scenarios' | 'studies', string>> = {
  scenarios: [
    'Keys:',
    '  r, Enter  run everything again',
    '  f         choose cases by name',
    '  l         run what failed last',
    ...COMMON,
  ].join('\n'),
  studies: [
    'Keys:',
    '  r, Enter  run all studies again: what is known is taken over',
    '  a         measure all anew, as --fresh does',
    '  f         choose studies by name',
    '  l         run the studies that failed, or were interrupted, last',
    ...COMMON,
  ].join('\n'),
}
