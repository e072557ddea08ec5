/** The options of one request, checked and complete. */

import type { RequestHead } from '../http/message.js'
import type { Hooks } from './hooks.js'
import type { RequestBody } from './host.js'
import type { CacheOverride } from './override.js'

export interface RequestOptions {
  readonly request: RequestHead
  readonly body: RequestBody | undefined
  readonly backend: string | undefined
  readonly key: string | undefined
  readonly override: CacheOverride
  readonly hooks: Hooks
}

export function hasHooks({ hooks }: Pick<RequestOptions, 'hooks'>): boolean {
  return hooks.beforeSend !== undefined || hooks.afterSend !== undefined
}

/** The backend's name in errors: its configured name, or the URL's own origin. */
export function backendNameOf({ backend, request }: Pick<RequestOptions, 'backend' | 'request'>): string {
  return backend ?? new URL(request.url).origin
}
