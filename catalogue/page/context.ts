import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Catalogue, CatalogueAccount } from "../schema";
import type { SearchIndex } from "./search";
import type { ImageEntry } from "./states";

/** Data and functions that every view can use. */
export interface Page {
  readonly catalogue: Catalogue;
  /** By ID. */
  readonly accounts: ReadonlyMap<string, CatalogueAccount>;
  readonly entries: readonly ImageEntry[];
  readonly search: SearchIndex;
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error("the view isn't in a page");
  return page;
}
