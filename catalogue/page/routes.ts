/** The views of the page, and their addresses after the `#`. */

export type Route =
  | { readonly view: "images"; readonly query: Query }
  | { readonly view: "image"; readonly image: string }
  | {
      readonly view: "build";
      readonly image: string;
      /** Such as `1.0.3/2`. */
      readonly build: string;
      readonly query: Query;
    }
  | { readonly view: "access"; readonly query: Query }
  | { readonly view: "account"; readonly account: string }
  | { readonly view: "lineage" }
  | { readonly view: "fleet"; readonly query: Query }
  | { readonly view: "unknown" };

/** Settings of a view that belong into its address, such as filters. */
export type Query = Readonly<Record<string, string>>;

function render(path: readonly string[], query: Query = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== "");
  const search = new URLSearchParams(set).toString();
  const address = `#/${path.map(encodeURIComponent).join("/")}`;
  return search === "" ? address : `${address}?${search}`;
}

export function imagesLink(query?: Query): string {
  return render([], query);
}

export function imageLink(image: string): string {
  return render(["image", image]);
}

export function buildLink(image: string, build: string, query?: Query): string {
  return render(["image", image, ...build.split("/")], query);
}

export function accessLink(query?: Query): string {
  return render(["access"], query);
}

export function accountLink(account: string): string {
  return render(["account", account]);
}

export const LINEAGE_LINK = render(["lineage"]);

export function fleetLink(query?: Query): string {
  return render(["fleet"], query);
}

/** Parses what follows the address of the page. An address can have any text. */
export function parseRoute(hash: string): Route {
  const [path = "", ...search] = hash.replace(/^#?\/?/, "").split("?");
  const query = Object.fromEntries(new URLSearchParams(search.join("?")));
  const [view = "", ...parts] = path.split("/").map(decode);
  const [name = "", version, number] = parts;
  switch (view) {
    case "":
      return { view: "images", query };
    case "image":
      if (version !== undefined && number !== undefined)
        return { view: "build", image: name, build: `${version}/${number}`, query };
      return { view: "image", image: name };
    case "access":
      return { view: "access", query };
    case "account":
      return { view: "account", account: name };
    case "lineage":
      return { view: "lineage" };
    case "fleet":
      return { view: "fleet", query };
    default:
      return { view: "unknown" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
