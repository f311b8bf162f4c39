import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { detection } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

const SIZE = isFull ? 640 : 128
/** A box for each cell of three grids. */
const ANCHORS = (SIZE / 8) ** 2 + (SIZE / 16) ** 2 + (SIZE / 32) ** 2

const model = onnxModel({ ...presets['yolov8-n'], size: SIZE, name: 'yolov8-n' })

scenario('object detection', {
  tags: ['tasks', 'task:object detection'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  input: detection({ size: SIZE }),
  load: closed({ concurrency: 1 }),
  // Four numbers of each box, and a score for each of 80 classes.
  check: ({ outputs: [boxes] }) => boxes?.shape[1] === 84 && boxes.shape[2] === ANCHORS,
})
