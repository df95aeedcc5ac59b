import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Catalogue } from "../schema";
import { PageContext } from "./context";
import { Header } from "./header";
import { rememberScroll, restoreScroll } from "./history";
import { parseRoute, type Route } from "./routes";
import { SearchIndex } from "./search";
import { entriesOf } from "./states";
import { AccessView } from "./views/access";
import { AccountView } from "./views/account";
import { BuildView } from "./views/build";
import { FleetView } from "./views/fleet";
import { ImageView } from "./views/image";
import { ImagesView } from "./views/images";
import { LineageView } from "./views/lineage";
import { Empty, Footer } from "./widgets";

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** Identifies a view without its filters: another one begins at its top. */
function placeOf(route: Route): string {
  return JSON.stringify({ ...route, query: undefined });
}

function titleOf(route: Route): string {
  switch (route.view) {
    case "image":
      return `${route.image} · Golden images`;
    case "build":
      return `${route.image} ${route.build} · Golden images`;
    case "access":
      return "Access · Golden images";
    case "account":
      return `${route.account} · Golden images`;
    case "lineage":
      return "Lineage · Golden images";
    case "fleet":
      return "Fleet · Golden images";
    default:
      return "Golden images";
  }
}

export function App({ catalogue }: { readonly catalogue: Catalogue }) {
  const page = useMemo(
    () => ({
      catalogue,
      accounts: new Map(catalogue.accounts.map((account) => [account.id, account])),
      entries: entriesOf(catalogue),
      search: new SearchIndex(catalogue),
    }),
    [catalogue],
  );
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = placeOf(route);
  const shown = useRef(place);
  useEffect(rememberScroll, []);
  useEffect(() => {
    document.title = titleOf(route);
    if (shown.current === place) return;
    shown.current = place;
    restoreScroll();
    // Screen readers begin to read the new view.
    main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [place, route]);
  return (
    <PageContext.Provider value={page}>
      {/* A link to `#main` would be the address of a view. */}
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Header route={route} />
      <main id="main" ref={main} tabIndex={-1}>
        <View route={route} />
      </main>
      <Footer />
    </PageContext.Provider>
  );
}

function View({ route }: { readonly route: Route }) {
  switch (route.view) {
    case "images":
      return <ImagesView query={route.query} />;
    case "image":
      return <ImageView name={route.image} />;
    case "build":
      return <BuildView name={route.image} build={route.build} query={route.query} />;
    case "access":
      return <AccessView query={route.query} />;
    case "account":
      return <AccountView id={route.account} />;
    case "lineage":
      return <LineageView />;
    case "fleet":
      return <FleetView query={route.query} />;
    case "unknown":
      return <Empty title="There is no such page">The address names no view.</Empty>;
  }
}
