/**
 * Loaded before undici, so that `fetch` has the connections it has without this library: of the platform's own undici and the
 * package, whichever is loaded first becomes the dispatcher of both, and the two do not take the same requests.
 */

Reflect.get(globalThis, 'Headers')
