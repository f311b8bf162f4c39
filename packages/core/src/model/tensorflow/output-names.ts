/** Operators with several outputs, by the names that functions use for them; lists of outputs count from 0. */
export const OUTPUT_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    FusedBatchNorm: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
    FusedBatchNormV2: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
    FusedBatchNormV3: [
      'y',
      'batch_mean',
      'batch_variance',
      'reserve_space_1',
      'reserve_space_2',
      'reserve_space_3',
    ],
    TopKV2: ['values', 'indices'],
    Unique: ['y', 'idx'],
    UniqueV2: ['y', 'idx'],
    UniqueWithCounts: ['y', 'idx', 'count'],
    BlockLSTM: ['i', 'cs', 'f', 'o', 'ci', 'co', 'h'],
    BlockLSTMV2: ['i', 'cs', 'f', 'o', 'ci', 'co', 'h'],
    LSTMBlockCell: ['i', 'cs', 'f', 'o', 'ci', 'co', 'h'],
    GRUBlockCell: ['r', 'u', 'c', 'h'],
    Switch: ['output_false', 'output_true'],
    Merge: ['output', 'value_index'],
    NonMaxSuppressionV4: ['selected_indices', 'valid_outputs'],
    NonMaxSuppressionV5: ['selected_indices', 'selected_scores', 'valid_outputs'],
    CombinedNonMaxSuppression: ['nmsed_boxes', 'nmsed_scores', 'nmsed_classes', 'valid_detections'],
    TensorListPopBack: ['output_handle', 'tensor'],
  }),
)
