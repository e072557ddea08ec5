/** `tidewait/proxy`: an HTTP/1.1 server in front of a cache. Re-exports, nothing else. */

export type { CloseOptions } from '../base/drain.js'
export type { AccessRecord } from './access-log.js'
export { accessLine } from './access-log.js'
export { Admin, type Operations } from './admin.js'
export type { AskedFor, PurgeOrder } from './admin-orders.js'
export { ADMIN_PATH } from './admin-path.js'
export type { ListenAddress, ListenOptions } from './listen.js'
export type { ProxyLimits, ProxyOptions } from './options.js'
export { createProxy, ProxyServer, type ProxyStats } from './proxy.js'
