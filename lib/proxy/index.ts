/** `tidewait/proxy`: an HTTP/1.1 server in front of a cache. Re-exports, nothing else. */

export type { AccessRecord } from './access-log.js'
export { accessLine } from './access-log.js'
export { Admin, STATS_PATH } from './admin.js'
export type { ProxyLimits, ProxyOptions } from './options.js'
export { type CloseOptions, createProxy, type ListenOptions, ProxyServer, type ProxyStats } from './proxy.js'
