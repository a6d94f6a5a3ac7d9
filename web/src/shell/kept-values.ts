export interface KeptValues {
  /** Null: nothing was kept. */
  get(key: string): string | null;
  set(key: string, value: string): void;
  /** What `setJson` kept; null also when it can't be read any more. */
  getJson<Value>(key: string): Value | null;
  setJson(key: string, value: unknown): void;
}

/** For this tab, over reloads. */
export const inThisTab = keptIn("sessionStorage");
/** For all tabs of this browser. */
export const inThisBrowser = keptIn("localStorage");

/** Browsers may bar a page from storage, or have no room left: then values live as long as the page. */
function keptIn(name: "sessionStorage" | "localStorage"): KeptValues {
  const unkept = new Map<string, string>();
  const get = (key: string) => {
    const value = unkept.get(key);
    if (value !== undefined) return value;
    try {
      return window[name].getItem(key);
    } catch {
      return null;
    }
  };
  const set = (key: string, value: string) => {
    try {
      window[name].setItem(key, value);
      unkept.delete(key);
    } catch {
      unkept.set(key, value);
    }
  };
  return {
    get,
    set,
    getJson: (key) => {
      try {
        return JSON.parse(get(key) ?? "null");
      } catch {
        return null;
      }
    },
    setJson: (key, value) => set(key, JSON.stringify(value)),
  };
}
