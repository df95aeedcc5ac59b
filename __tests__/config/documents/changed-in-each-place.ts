/** Returns copies of a parsed document. Each has `value` in another place. */
export function* changedInEachPlace(document: unknown, value: unknown): Generator<unknown> {
  yield value;
  if (typeof document !== "object" || document === null) return;
  for (const [key, item] of Object.entries(document))
    for (const changed of changedInEachPlace(item, value))
      yield Array.isArray(document)
        ? document.with(Number(key), changed)
        : { ...document, [key]: changed };
}
