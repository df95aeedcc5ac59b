import { useMemo, useState } from "preact/hooks";
import {
  comparePackages,
  type Package,
  type PackageChange,
  type PackageDifference,
} from "../../../contract/packages";
import { packagesOf } from "../../package-table";
import type { CatalogueBuild } from "../../schema";
import { usePage } from "../context";
import { count } from "../format";
import { replaceAddress } from "../history";
import { buildLink, type Query } from "../routes";
import type { BuildEntry, ImageEntry } from "../states";
import { type Column, Table, useFirst } from "../table";
import { None, Nothing, Section, Text, Unread } from "../widgets";

/** Number of packages and changes that are shown at first. */
const FIRST_ROWS = 40;

/** The packages of a build, and how they differ from those of another one. */
export function Packages({
  entry: { image, builds },
  build,
  query,
}: {
  readonly entry: ImageEntry;
  readonly build: CatalogueBuild;
  readonly query: Query;
}) {
  const { catalogue } = usePage();
  const others = builds
    .map((one) => one.build)
    .filter((one) => one.region === build.region && one.packages && one.build !== build.build);
  const before = olderThan(build, builds, others);
  const compared = others.find((one) => one.build === query["compare"]) ?? before ?? undefined;
  const own = useMemo(() => packagesOf(catalogue.packages, build), [build]);
  const changes = useMemo(
    () =>
      compared ? changesOf(comparePackages(packagesOf(catalogue.packages, compared), own)) : [],
    [compared, own],
  );
  if (build.unread?.packages !== undefined)
    return (
      <Section id="packages" title="Packages">
        <Unread what="packages" message={build.unread.packages} />
      </Section>
    );
  if (!build.packages)
    return (
      <Section id="packages" title="Packages">
        <Nothing>
          Packages are listed only for shared builds, the builds before them and the newest build.
        </Nothing>
      </Section>
    );
  return (
    <Section id="packages" title="Packages" note={count(own.length, "package")}>
      {others.length > 0 && (
        <label class="compare">
          <span>Compared with</span>
          <select
            value={compared?.build ?? ""}
            onChange={({ currentTarget: { value } }) => {
              const address = { region: build.region, compare: value };
              replaceAddress(buildLink(image.name, build.build, address));
            }}
          >
            {compared === undefined && <option value="">no build</option>}
            {others.map((one) => (
              <option key={one.build} value={one.build}>
                {one.build}
              </option>
            ))}
          </select>
        </label>
      )}
      {compared && <Changes changes={changes} compared={compared.build} />}
      <PackageList packages={own} />
    </Section>
  );
}

/** Returns the newest build with packages that is older than a build. */
function olderThan(
  build: CatalogueBuild,
  builds: readonly BuildEntry[],
  others: readonly CatalogueBuild[],
): CatalogueBuild | undefined {
  const inRegion = builds.map((one) => one.build).filter((one) => one.region === build.region);
  const older = inRegion.slice(inRegion.indexOf(build) + 1);
  return older.find((one) => others.includes(one));
}

const CHANGES: Readonly<Record<keyof PackageDifference, string>> = {
  down: "lower version",
  changed: "other version",
  up: "higher version",
  added: "new",
  removed: "gone",
};

/** A package that differs, and how. */
interface Change extends PackageChange {
  readonly kind: keyof PackageDifference;
}

function changesOf(difference: PackageDifference): Change[] {
  const kinds = Object.keys(CHANGES) as (keyof PackageDifference)[];
  return kinds.flatMap((kind) => difference[kind].map((change) => ({ ...change, kind })));
}

function Changes({
  changes,
  compared,
}: {
  readonly changes: readonly Change[];
  readonly compared: string;
}) {
  if (changes.length === 0) return <Nothing>The same packages as in {compared}.</Nothing>;
  const columns: readonly Column<Change>[] = [
    {
      title: "Package",
      cell: ({ name, kind }) => (
        <>
          <Text>{name}</Text>
          {kind !== "up" && <span class="sub">{CHANGES[kind]}</span>}
        </>
      ),
    },
    {
      title: compared,
      class: "mono",
      cell: ({ from }) =>
        from.length === 0 ? (
          <None />
        ) : (
          <del>
            <Text>{from.join(", ")}</Text>
          </del>
        ),
    },
    {
      title: "this build",
      class: "mono",
      cell: ({ to }) =>
        to.length === 0 ? (
          <None />
        ) : (
          <ins>
            <Text>{to.join(", ")}</Text>
          </ins>
        ),
    },
  ];
  const counts = (Object.keys(CHANGES) as Change["kind"][])
    .map((kind) => [changes.filter((one) => one.kind === kind).length, CHANGES[kind]] as const)
    .filter(([number]) => number > 0)
    .map(([number, label]) => `${number} ${label}`);
  return (
    <>
      <p>
        {counts.join(", ")}, compared with <span class="mono">{compared}</span>
      </p>
      <Table columns={columns} rows={changes} noun="change" first={FIRST_ROWS} class="diff" />
    </>
  );
}

function PackageList({ packages }: { readonly packages: readonly Package[] }) {
  const [text, setText] = useState("");
  const sorted = useMemo(
    () => packages.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    [packages],
  );
  const found = sorted.filter((one) =>
    `${one.name} ${one.version}`.toLowerCase().includes(text.toLowerCase()),
  );
  const { shown, more } = useFirst(found, FIRST_ROWS, "package");
  return (
    <details class="all-packages" open={packages.length <= FIRST_ROWS}>
      <summary>All {count(packages.length, "package")}</summary>
      <input
        type="search"
        aria-label="Filter packages"
        placeholder="Filter packages"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      {found.length === 0 && <Nothing>No package matches.</Nothing>}
      <ul class="columns">
        {shown.map(({ name, version }) => (
          <li key={`${name} ${version}`}>
            <Text>{name}</Text>{" "}
            <span class="mono muted">
              <Text>{version}</Text>
            </span>
          </li>
        ))}
      </ul>
      {more}
    </details>
  );
}
