import { closed } from 'servebench'

// @ts-expect-error nothing is wrong here, which is what the test looks for
closed({ concurrency: 1 })
