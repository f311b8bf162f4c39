/** Of the target, the server and the sampler; what hooks are tapped for. */
export const KIND = 'acme'
/** Specs name the package: importing a factory in a bench file is enough for its plugin to be applied. */
export const PACKAGE = 'servebench-plugin-acme'
