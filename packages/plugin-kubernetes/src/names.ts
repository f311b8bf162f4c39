export const KIND = 'kubernetes'
export const PACKAGE = '@servebench/plugin-kubernetes'
