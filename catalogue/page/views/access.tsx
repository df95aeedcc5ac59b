import { useMemo } from "preact/hooks";
import type { CatalogueImage } from "../../schema";
import { type Grantee, granteesOf, grantsOf, newestBuilds } from "../access";
import { usePage } from "../context";
import { count } from "../format";
import { replaceAddress } from "../history";
import { accessLink, imageLink, type Query } from "../routes";
import { BuildLink, Filters, Principal, Scroll, Text, UnreadImages } from "../widgets";

function setQuery(query: Query): void {
  replaceAddress(accessLink(query));
}

/** Number of rows and of columns of the matrix. More are slow, and no reader compares them. */
const MAX_ROWS = 60;
const MAX_COLUMNS = 30;

function matches(text: string, query: string | undefined): boolean {
  return text.toLowerCase().includes((query ?? "").toLowerCase());
}

/** The matrix of accounts and OUs by images. */
export function AccessView({ query }: { readonly query: Query }) {
  const { catalogue } = usePage();
  const grantees = useMemo(() => granteesOf(catalogue), [catalogue]);
  const rows = grantees.filter(({ id, account }) =>
    matches(`${id} ${account?.name ?? ""}`, query["account"]),
  );
  const images = catalogue.images.filter(
    ({ name, channels }) => channels.length > 0 && matches(name, query["image"]),
  );
  const columns = images.slice(0, MAX_COLUMNS);
  const shownRows = rows.slice(0, MAX_ROWS);
  const isCut = columns.length < images.length || shownRows.length < rows.length;
  return (
    <>
      <h1 tabIndex={-1}>Who gets what</h1>
      <p class="lead">
        The newest build that each account, OU and the organization gets from the channels of each
        image, by Region where the Regions differ.
      </p>
      <UnreadImages />
      <Filters>
        <input
          type="search"
          class="wide"
          aria-label="Filter accounts and OUs"
          placeholder="Filter accounts and OUs"
          value={query["account"] ?? ""}
          onInput={({ currentTarget }) => setQuery({ ...query, account: currentTarget.value })}
        />
        <input
          type="search"
          aria-label="Filter images"
          placeholder="Filter images"
          value={query["image"] ?? ""}
          onInput={({ currentTarget }) => setQuery({ ...query, image: currentTarget.value })}
        />
        <span class="muted" role="status">
          {isCut
            ? `first ${shownRows.length} of ${count(rows.length, "row")}, first ${columns.length} of ${count(images.length, "image")}: use the filters`
            : `${count(rows.length, "row")}, ${count(images.length, "image")}`}
        </span>
      </Filters>
      {rows.length === 0 || columns.length === 0 ? (
        <p class="nothing">Nothing matches the filters.</p>
      ) : (
        <Scroll label="Matrix of accounts and images" isTall>
          <table class="list matrix wide">
            <thead>
              <tr>
                <th scope="col">Account or OU</th>
                {columns.map(({ name }) => (
                  <th scope="col" key={name}>
                    <a href={imageLink(name)}>
                      <Text>{name}</Text>
                    </a>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shownRows.map((grantee) => (
                <tr key={grantee.id}>
                  <th scope="row">
                    <Principal id={grantee.id} />
                  </th>
                  {columns.map((image) => (
                    <td key={image.name}>
                      <Cell image={image} grantee={grantee} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}

/** The newest build in each Region. */
function Cell({ image, grantee }: { readonly image: CatalogueImage; readonly grantee: Grantee }) {
  const grants = grantsOf(image, grantee);
  if (grants.length === 0) return <span class="muted">–</span>;
  const newest = newestBuilds(grants);
  if (newest.length === 0) return <span class="muted">nothing shared</span>;
  const isInEveryRegion = newest[0]?.regions.length === image.regions.length;
  return (
    <>
      {newest.map(({ build, channel, isCertain, regions }) => (
        <div key={regions.join()}>
          <BuildLink image={image.name} region={regions[0] ?? ""} build={build} />
          <span class="sub">
            <Text>{channel}</Text>
            {!isInEveryRegion && `, ${regions.join(", ")}`}
            {!isCertain && (grantee.kind === "unit" ? ", if inside" : ", if a member")}
          </span>
        </div>
      ))}
    </>
  );
}
