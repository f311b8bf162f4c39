/** What the record files of all trials of a run may take together, in bytes. */
export const RECORDS_BUDGET: number = 2 * 1024 * 1024 * 1024
