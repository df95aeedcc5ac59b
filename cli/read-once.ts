/** Returns a function that makes each call once: several readers need its result. */
export function readOnce<A, T>(
  keyOf: (argument: A) => string,
  call: (argument: A) => Promise<T>,
): (argument: A) => Promise<T> {
  const results = new Map<string, Promise<T>>();
  return (argument) => {
    const key = keyOf(argument);
    const result = results.get(key) ?? call(argument);
    results.set(key, result);
    return result;
  };
}
