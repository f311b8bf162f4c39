import { expect, it } from 'vitest'
import { LateLog } from './late-log.ts'

it('keeps what is said before anybody listens, in order, and passes on what comes later', () => {
  const heard: string[] = []
  const log = new LateLog()
  log.info('first')
  log.warn('second')
  log.attach({
    info: (message) => void heard.push(`i ${message}`),
    warn: (message) => void heard.push(`w ${message}`),
  })
  expect(heard).toEqual(['i first', 'w second'])
  log.info('third')
  expect(heard).toEqual(['i first', 'w second', 'i third'])
})
