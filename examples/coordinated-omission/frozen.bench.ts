import { closed, constantRate, describe, http, scenario } from 'servebench'

// demonstration.ts starts a server for each scenario and says where it is: both freeze for the second half.
const { CLOSED_URL = 'http://127.0.0.1:8001/', OPEN_URL = 'http://127.0.0.1:8002/' } = process.env
const { DURATION = '5s' } = process.env

describe(
  'a server that freezes',
  { warmup: '500ms', duration: DURATION as '5s', drain: '2s', cooldown: '0s' },
  () => {
    scenario('closed loop: a user every 10 ms, who waits for the answer', {
      target: http({ url: CLOSED_URL }),
      load: closed({ concurrency: 1, cycle: '10ms' }),
    })

    scenario('open loop: a request every 10 ms, come what may', {
      target: http({ url: OPEN_URL }),
      load: constantRate({ rate: 100 }),
    })
  },
)
