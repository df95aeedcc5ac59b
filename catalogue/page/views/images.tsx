import type { CatalogueImage } from "../../schema";
import { usePage } from "../context";
import { count, shownOf } from "../format";
import { replaceAddress } from "../history";
import { imageLink, imagesLink, type Query } from "../routes";
import { FLAGS, type ImageEntry } from "../states";
import { type Column, Table } from "../table";
import {
  Age,
  BuildLink,
  Filters,
  FlagBadge,
  Messages,
  None,
  ParentLink,
  Select,
  Strip,
  Text,
} from "../widgets";

/** The filters, by their names in the address. */
interface Filter {
  readonly label: string;
  readonly valuesOf: (entry: ImageEntry) => readonly string[];
  readonly labelOf?: (value: string) => string;
}

const FILTERS: Readonly<Record<string, Filter>> = {
  kind: { label: "Kind", valuesOf: ({ image }) => [image.kind] },
  platform: { label: "Platform", valuesOf: ({ image }) => [image.platform] },
  region: { label: "Region", valuesOf: ({ image }) => image.regions },
  channel: {
    label: "Channel",
    valuesOf: ({ image }) => [...new Set(image.channels.map(({ name }) => name))],
  },
  state: {
    label: "Attention",
    valuesOf: ({ flags }) => (flags.length > 0 ? ["any", ...flags] : []),
    labelOf: (value) => FLAGS[value as keyof typeof FLAGS] ?? "anything",
  },
};

function isShown(entry: ImageEntry, query: Query): boolean {
  const words = (query["q"] ?? "").toLowerCase().split(/\s+/);
  const { name, description = "", platform, parent } = entry.image;
  const text = `${name} ${description} ${platform} ${parent.name}`.toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    Object.entries(FILTERS).every(([key, { valuesOf }]) => {
      const value = query[key];
      return value === undefined || valuesOf(entry).includes(value);
    })
  );
}

function setQuery(query: Query): void {
  replaceAddress(imagesLink(query));
}

/** The list of images and containers, with filters. */
export function ImagesView({ query }: { readonly query: Query }) {
  const { catalogue, entries } = usePage();
  const shown = entries.filter((entry) => isShown(entry, query));
  const { differences, problems } = catalogue;
  return (
    <>
      <h1 tabIndex={-1}>Golden images</h1>
      <Summary entries={entries} />
      <Messages title={`Problems while reading: ${problems.length}`} messages={problems} />
      <Messages title={`Not as deployed: ${differences.length}`} messages={differences} />
      <Filters>
        <input
          type="search"
          aria-label="Filter by name, description, platform or parent"
          placeholder="Filter by name"
          value={query["q"] ?? ""}
          onInput={({ currentTarget }) => setQuery({ ...query, q: currentTarget.value })}
        />
        {Object.entries(FILTERS).map(([key, filter]) => (
          <FilterSelect key={key} name={key} filter={filter} query={query} />
        ))}
        {Object.keys(query).length > 0 && (
          <button type="button" onClick={() => setQuery({})}>
            Clear
          </button>
        )}
        <span class="muted" role="status">
          {shownOf(shown.length, entries.length, "image")}
        </span>
      </Filters>
      {shown.length === 0 ? (
        <p class="nothing">
          {entries.length === 0
            ? "The factory file has no golden images yet."
            : "No image matches the filters."}
        </p>
      ) : (
        <Table columns={COLUMNS} rows={shown} noun="image" class="cards images" />
      )}
    </>
  );
}

function FilterSelect({
  name,
  filter: { valuesOf, ...filter },
  query,
}: {
  readonly name: string;
  readonly filter: Filter;
  readonly query: Query;
}) {
  const { entries } = usePage();
  const values = [...new Set(entries.flatMap(valuesOf))].sort();
  if (values.length < 2) return null;
  return (
    <Select
      {...filter}
      values={values}
      value={query[name]}
      set={(value) => setQuery({ ...query, [name]: value })}
    />
  );
}

function Summary({ entries }: { readonly entries: readonly ImageEntry[] }) {
  const { catalogue } = usePage();
  const shared = entries.filter(({ image }) => image.channels.some((one) => one.shared.length > 0));
  const flagged = entries.filter(({ flags }) => flags.length > 0);
  const apps = new Set(catalogue.appImages.map(({ account }) => account));
  const figures = [
    { value: entries.length, label: "images and containers" },
    { value: shared.length, label: "with shared builds" },
    { value: entries.reduce((sum, { builds }) => sum + builds.length, 0), label: "builds" },
    { value: catalogue.appImages.length, label: `app images in ${count(apps.size, "account")}` },
    { value: flagged.length, label: "need attention", link: imagesLink({ state: "any" }) },
  ];
  return (
    <ul class="figures">
      {figures.map(({ value, label, link }) => (
        <li key={label}>
          <strong>{value.toLocaleString("en")}</strong>
          {link !== undefined && value > 0 ? <a href={link}>{label}</a> : <span>{label}</span>}
        </li>
      ))}
    </ul>
  );
}

const COLUMNS: readonly Column<ImageEntry>[] = [
  {
    title: "Image",
    cell: ({ image: { name, kind, description, platform } }) => (
      <>
        <a href={imageLink(name)}>
          <Text>{name}</Text>
        </a>
        {kind === "container" && <span class="tag">container</span>}
        <span class="sub">
          <Text>{description ?? platform}</Text>
        </span>
      </>
    ),
  },
  {
    title: "Based on",
    cell: ({ image: { parent } }) => (
      <span class="cut" title={parent.name}>
        <ParentLink parent={parent} />
      </span>
    ),
  },
  { title: "Shared builds", cell: ({ image }) => <SharedBuilds image={image} /> },
  {
    title: "Newest builds",
    class: "nowrap",
    cell: ({ image, builds }) => {
      const [newest] = builds;
      const none = image.unread ? "not read" : "no builds";
      return (
        <>
          <Strip builds={builds.filter(({ build }) => build.region === newest?.build.region)} />
          <span class="sub">{newest ? <Age time={newest.build.createdAt} /> : none}</span>
        </>
      );
    },
  },
  {
    title: "Attention",
    cell: ({ flags }) => (
      <span class="badges">
        {flags.map((flag) => (
          <FlagBadge key={flag} flag={flag} />
        ))}
        {flags.length === 0 && <None />}
      </span>
    ),
  },
];

/** The newest shared build of a channel, with the Regions in which it is. */
interface SharedBuild {
  readonly channel: string;
  /** @default - the channel shares none */
  readonly build: string | undefined;
  readonly regions: readonly string[];
}

/** Regions with the same build in a channel are one item. */
function sharedBuilds({ channels }: CatalogueImage): SharedBuild[] {
  const found = new Map<string, SharedBuild>();
  for (const { region, name, shared } of channels) {
    const [build] = shared;
    const key = `${name} ${build}`;
    const regions = [...(found.get(key)?.regions ?? []), region];
    found.set(key, { channel: name, build, regions });
  }
  return [...found.values()];
}

function SharedBuilds({ image }: { readonly image: CatalogueImage }) {
  const { name, channels, regions: all, unread } = image;
  if (channels.length === 0) return <span class="muted">{unread ? "not read" : "no channel"}</span>;
  return (
    <ul class="chips">
      {sharedBuilds(image).map(({ channel, build, regions }) => (
        <li key={`${channel} ${build} ${regions.join()}`}>
          <Text>{channel}</Text>
          {build === undefined ? (
            <span class="muted">none</span>
          ) : (
            <BuildLink image={name} region={regions[0] ?? ""} build={build} />
          )}
          {regions.length < all.length && <span class="muted">{regions.join(", ")}</span>}
        </li>
      ))}
    </ul>
  );
}
