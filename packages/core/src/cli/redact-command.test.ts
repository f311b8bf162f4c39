import { expect, it } from 'vitest'
import { redactCommand } from './redact-command.ts'

it.each([
  [
    ['-H', 'authorization: Bearer PLANT'],
    ['-H', 'authorization: [redacted]'],
  ],
  [
    ['--header', 'X-Api-Key:PLANT'],
    ['--header', 'X-Api-Key: [redacted]'],
  ],
  [['--header=authorization:PLANT'], ['--header=authorization: [redacted]']],
  [['-HCookie: a=PLANT'], ['-HCookie: [redacted]']],
  [['http://me:PLANT@host/v1?api_key=PLANT&x=1'], ['http://[redacted]@host/v1?api_key=[redacted]&x=1']],
  [
    ['-d', '{"password":"PLANT","n":1}'],
    ['-d', '{"password":"[redacted]","n":1}'],
  ],
  [['--body={"token":"PLANT"}'], ['--body={"token":"[redacted]"}']],
])('hides what is secret in %j', (argv, shown) => {
  expect(redactCommand(argv)).toEqual(shown)
  expect(redactCommand(argv).join(' ')).not.toContain('PLANT')
})

it('leaves everything else as it was typed', () => {
  const argv = [
    'quick',
    'http://127.0.0.1:8000/predict?batch=1',
    '-H',
    'authorization:$TOKEN',
    '-H',
    'content-type: application/json',
    '--slo',
    'p99=50ms',
    '-d',
    '{ not json',
    '-t',
    'tokens=128',
  ]
  expect(redactCommand(argv)).toEqual(argv)
})
