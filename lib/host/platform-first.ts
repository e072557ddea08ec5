/**
 * Loads the platform's own undici before the undici package, so that the global `fetch` works as it does without this library.
 * Whichever of the two loads first sets the global dispatcher for both, and the two do not accept the same requests.
 */

Reflect.get(globalThis, 'Headers')
