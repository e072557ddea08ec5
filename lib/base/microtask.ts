/** Microtasks that nobody holds up: test frameworks replace the global `queueMicrotask`, and run it when a test says so. */

const settled = Promise.resolve()

/** Runs `task` in a microtask. What it throws is an unhandled rejection. */
export function inMicrotask(task: () => void): void {
  void settled.then(task)
}
