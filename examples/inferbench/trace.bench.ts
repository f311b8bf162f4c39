import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { describe, poisson, scenario, trace } from 'servebench'
import { isFull } from './form.ts'

// A plan of arrivals first, then latency over the time of that plan.
const model = onnxModel(
  isFull ? { ...presets['resnet-50'], name: 'classifier' } : { family: 'cnn', name: 'classifier' },
)

describe(
  'arrival plans',
  {
    server: onnxServer({ models: [model], intraOpThreads: 0 }),
    target: oip({ model: 'classifier' }),
    warmup: '1s',
  },
  () => {
    // Independent arrivals: the plan of the article, which sends one more than there are before its end.
    scenario('Poisson, 5 per second', {
      load: poisson({ rate: 5 }),
      duration: isFull ? '60s' : '6s',
    })

    // day.csv has a row for each minute. What is played is the time from 8 to 10, a minute of it in each 100 ms.
    scenario('two hours of a day', {
      load: trace({
        file: 'day.csv',
        format: 'csv',
        columns: { count: 'requests', every: '1m' },
        from: '8h',
        length: '2h',
        speed: isFull ? 60 : 600,
        scale: { peak: isFull ? 20 : 60 },
      }),
    })
  },
)
