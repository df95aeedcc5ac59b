/**
 * The browser's history: the address of the view, and how far the reader has scrolled in each
 * entry.
 */

/** Browsers limit how often a page changes its history. */
const DELAY_MS = 100;

/** Scrolls to where the reader left the entry: to the top of a new one. */
export function restoreScroll(): void {
  const { scroll } = (history.state ?? {}) as { readonly scroll?: number };
  scrollTo(0, scroll ?? 0);
}

/** Begins to remember. Returns a function that stops it. */
export function rememberScroll(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const forget = (): void => clearTimeout(timer);
  const save = (): void => {
    forget();
    history.replaceState({ scroll: scrollY }, "");
  };
  const saveSoon = (): void => {
    forget();
    timer = setTimeout(save, DELAY_MS);
  };
  // The browser would scroll before the view of the entry is there.
  history.scrollRestoration = "manual";
  restoreScroll();
  addEventListener("scroll", saveSoon, { passive: true });
  // A link may lead away before the delay has passed.
  addEventListener("click", save, { capture: true });
  addEventListener("popstate", forget);
  return () => {
    forget();
    removeEventListener("scroll", saveSoon);
    removeEventListener("click", save, { capture: true });
    removeEventListener("popstate", forget);
  };
}

/** Changes the address of the view without a new entry in the history, so that Back leaves it. */
export function replaceAddress(link: string): void {
  history.replaceState(history.state, "", link);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
