/** Of targets, of the server and of the sampler. */
export const SEARCH_KIND = 'vespa-search'
export const MODEL_KIND = 'vespa-model'
export const SERVER_KIND = 'vespa'
export const PACKAGE = '@servebench/plugin-vespa'
