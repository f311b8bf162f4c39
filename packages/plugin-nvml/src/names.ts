export const PACKAGE = '@servebench/plugin-nvml'
export const KIND = 'nvml'
