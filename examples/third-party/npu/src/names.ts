export const KIND = 'npu'
export const PACKAGE = 'servebench-plugin-npu'
