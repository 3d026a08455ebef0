/** Works out once, for as long as it lives, what depends on an object alone that is never changed. */
export function remembered<K extends object, V>(workOut: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (of) => {
    let found = known.get(of);
    if (found === undefined) {
      found = { value: workOut(of) };
      known.set(of, found);
    }
    return found.value;
  };
}

/** Gives one object for all that say the same as JSON, so that what is worked out for one is for all of them. */
export function oneForEqual<T extends object>(): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const key = JSON.stringify(value);
    const first = known.get(key);
    if (first !== undefined) return first;
    known.set(key, value);
    return value;
  };
}
