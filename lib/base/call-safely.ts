/** Calls a listener so that its failure is reported and harms nobody who comes after it. */

/** A listener that throws is a bug of whoever gave it; it surfaces as an uncaught exception of its own. */
export function callSafely(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
