/** Calls a listener so that its failure is reported and does not keep the next listeners from being called. */

/** What `listener` throws is a bug of its author and becomes an uncaught exception of its own. */
export function callSafely(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
