// Jest loads all modules again for each test file, and V8 would start from scratch each time.
const { AsyncLocalStorage } = require("node:async_hooks");
const v8 = require("node:v8");
const vm = require("node:vm");

// V8 would optimize functions, which then run for a few seconds only. The default is 66 KiB.
v8.setFlagsFromString("--interrupt-budget=500000");

/** Compiles each module once, and then takes its code from a cache. */
function cacheCode() {
  const modules = new Map();
  const { compileFunction } = vm;
  vm.compileFunction = (source, parameters, options) => {
    const known = modules.get(options.filename);
    if (known?.source === source)
      return compileFunction(source, parameters, { ...options, cachedData: known.cachedData });
    const compiled = compileFunction(source, parameters, { ...options, produceCachedData: true });
    modules.set(options.filename, { source, cachedData: compiled.cachedData });
    return compiled;
  };
}

/**
 * Returns the storages that are in use. jest-circus creates one for each test file and never
 * disables it: each promise of later files would copy the state of all of them.
 */
function recordStorages() {
  const storages = new Set();
  const { run } = AsyncLocalStorage.prototype;
  AsyncLocalStorage.prototype.run = function (...args) {
    storages.add(this);
    return run.apply(this, args);
  };
  return storages;
}

// Node.js's own modules stay loaded, so they keep what is set here.
const STORAGES = Symbol.for("golden-image-factory storages");
if (!AsyncLocalStorage[STORAGES]) {
  AsyncLocalStorage[STORAGES] = recordStorages();
  cacheCode();
}
for (const storage of AsyncLocalStorage[STORAGES]) storage.disable();
AsyncLocalStorage[STORAGES].clear();
