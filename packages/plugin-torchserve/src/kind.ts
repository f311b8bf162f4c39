export const KIND = 'torchserve'
export const PACKAGE = '@servebench/plugin-torchserve'
