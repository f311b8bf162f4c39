import { ServebenchError } from '../errors/servebench-error.ts'

/** A model file that cannot be understood; `reason` goes on after "because". */
export function malformed(reason: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_MODEL_UNREADABLE', `This is no readable model: ${reason}.`, {
    advice: 'Give an ONNX file, or the folder of a TensorFlow SavedModel.',
  })
}
