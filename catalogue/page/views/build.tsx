import { useMemo, useState } from "preact/hooks";
import type { CatalogueBuild, CatalogueFinding } from "../../schema";
import { usePage } from "../context";
import { count, formatDay, formatTime } from "../format";
import { replaceAddress } from "../history";
import { type Package, packageChanges } from "../packages";
import { buildLink, imageLink, type Query } from "../routes";
import { type BuildEntry, type ImageEntry, isCurrent } from "../states";
import { Age, Empty, More, Nothing, Section, StateBadge, StateIcon, Text } from "../widgets";

/** Number of rows that long tables show at first. */
const FIRST_ROWS = 40;

interface Props {
  readonly name: string;
  /** Such as `1.0.3/2`. */
  readonly build: string;
  readonly query: Query;
}

/** A build: where it comes from, what is in it, and what was found in it. */
export function BuildView({ name, build: version, query }: Props) {
  const { entries } = usePage();
  const entry = entries.find(({ image }) => image.name === name);
  const found = entry?.builds.filter(({ build }) => build.build === version) ?? [];
  const shown = found.find(({ build }) => build.region === query["region"]) ?? found[0];
  if (!entry || !shown)
    return (
      <Empty title="There is no such build">
        The catalogue has no build <Text>{version}</Text> of “<Text>{name}</Text>”. It may have been
        deleted.
      </Empty>
    );
  const { build } = shown;
  return (
    <>
      <p class="crumbs">
        <a href="#/">Images</a>
        <a href={imageLink(name)}>
          <Text>{name}</Text>
        </a>
      </p>
      <h1 tabIndex={-1}>
        <Text>{name}</Text> <span class="mono">{version}</span>
      </h1>
      <p class="badges">
        <StateBadge state={shown.state} />
        {shown.behind !== undefined && isCurrent(shown.state) && (
          <span class="badge warn">behind its parent: {shown.behind} is newer</span>
        )}
        {found.length > 1 && <RegionLinks name={name} found={found} current={build.region} />}
      </p>
      <BuildFacts build={build} />
      <Findings build={build} />
      <Evidence build={build} />
      <Packages entry={entry} build={build} query={query} />
    </>
  );
}

function RegionLinks({
  name,
  found,
  current,
}: {
  readonly name: string;
  readonly found: readonly BuildEntry[];
  readonly current: string;
}) {
  return (
    <span class="regions">
      {found.map(({ build: { region, build } }) => (
        <a
          key={region}
          href={buildLink(name, build, { region })}
          aria-current={region === current ? "true" : undefined}
        >
          {region}
        </a>
      ))}
    </span>
  );
}

function BuildFacts({ build }: { readonly build: CatalogueBuild }) {
  const { region, status, createdAt, parent, amis, containers, sharedIn, approvals } = build;
  return (
    <dl class="facts">
      <div>
        <dt>Created</dt>
        <dd>
          {formatTime(createdAt)} UTC{" "}
          <span class="muted">
            (<Age time={createdAt} /> ago)
          </span>
        </dd>
      </div>
      <div>
        <dt>Region</dt>
        <dd>{region}</dd>
      </div>
      <div>
        <dt>Status</dt>
        <dd>{status}</dd>
      </div>
      <div>
        <dt>Parent</dt>
        <dd class="break">
          <Text>{parent}</Text>
        </dd>
      </div>
      <div>
        <dt>Shared by</dt>
        <dd>{sharedIn.join(", ") || "no channel"}</dd>
      </div>
      {Object.entries(approvals).map(([channel, reason]) => (
        <div key={channel}>
          <dt>
            Approved for <Text>{channel}</Text>
          </dt>
          <dd>
            <Text>{reason}</Text>
          </dd>
        </div>
      ))}
      {build.revoked !== undefined && (
        <div>
          <dt>Revoked</dt>
          <dd>
            <Text>{build.revoked}</Text>
          </dd>
        </div>
      )}
      {build.revokeAt !== undefined && (
        <div>
          <dt>Will be revoked</dt>
          <dd>
            <Text>{build.revokeAt}</Text>
          </dd>
        </div>
      )}
      {amis.map((ami) => (
        <div key={ami.region}>
          <dt>AMI in {ami.region}</dt>
          <dd>
            <Copyable text={ami.id} />
          </dd>
        </div>
      ))}
      {containers.map((uri) => (
        <div key={uri}>
          <dt>Container image</dt>
          <dd class="break">
            <Copyable text={uri} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Copyable({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    } catch {
      // The browser forbids it. The text can be selected.
    }
  };
  return (
    <span class="copyable">
      <span class="mono">
        <Text>{text}</Text>
      </span>
      <button type="button" aria-label={`Copy ${text}`} onClick={copy}>
        {isCopied ? "copied" : "copy"}
      </button>
    </span>
  );
}

const SEVERITY_ORDER = ["critical", "high", "medium", "low", "informational"];

function countBySeverity(list: readonly CatalogueFinding[]): [string, number][] {
  const severities = [...new Set([...SEVERITY_ORDER, ...list.map(({ severity }) => severity)])];
  return severities.flatMap((severity) => {
    const number = list.filter((finding) => finding.severity === severity).length;
    return number > 0 ? [[severity, number] as [string, number]] : [];
  });
}

function Findings({ build: { findings } }: { readonly build: CatalogueBuild }) {
  if (!findings)
    return (
      <Section id="findings" title="Findings">
        <Nothing>Findings are read only for shared builds and the newest build.</Nothing>
      </Section>
    );
  const { scanned, list, channels } = findings;
  return (
    <Section
      id="findings"
      title="Findings"
      note={scanned === undefined ? "not scanned" : `scanned on ${formatDay(scanned)}`}
    >
      {scanned === undefined && <Nothing>Amazon Inspector didn't scan this build.</Nothing>}
      {scanned !== undefined && list.length === 0 && (
        <Nothing>Amazon Inspector found nothing.</Nothing>
      )}
      {channels.some(({ reasons }) => reasons.length > 0) && (
        <ul class="plain reasons">
          {channels.map(({ channel, reasons, reportOnly }) =>
            reasons.map((reason) => (
              <li key={channel + reason}>
                <strong>
                  <Text>{channel}</Text>
                </strong>
                : <Text>{reason}</Text>
                {reportOnly && <span class="muted"> (only reported)</span>}
              </li>
            )),
          )}
        </ul>
      )}
      {list.length > 0 && (
        <>
          <ul class="severities">
            {countBySeverity(list).map(([severity, number]) => (
              <li key={severity} class={`severity severity-${severity}`}>
                <strong>{number}</strong> <Text>{severity}</Text>
              </li>
            ))}
          </ul>
          <FindingTable list={list} />
        </>
      )}
    </Section>
  );
}

function FindingTable({ list }: { readonly list: readonly CatalogueFinding[] }) {
  return (
    <table class="list cards">
      <thead>
        <tr>
          <th scope="col">Finding</th>
          <th scope="col">Severity</th>
          <th scope="col">Fix</th>
          <th scope="col">First observed</th>
          <th scope="col">Paths</th>
        </tr>
      </thead>
      <tbody>
        {list.map(({ title, severity, hasFix, fixSince, firstObserved, paths }, index) => (
          <tr key={index}>
            <th scope="row">
              <Text>{title}</Text>
            </th>
            <td data-label="Severity">
              <span class={`severity severity-${severity}`}>
                <Text>{severity}</Text>
              </span>
            </td>
            <td data-label="Fix" class="nowrap">
              {fixSince === undefined ? (hasFix ? "yes" : "no") : `since ${formatDay(fixSince)}`}
            </td>
            <td data-label="First observed" class="nowrap">
              {formatDay(firstObserved)}
            </td>
            <td data-label="Paths" class="mono break">
              {paths.length === 0 ? "–" : <Text>{paths.join(" ")}</Text>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Evidence({ build: { evidence } }: { readonly build: CatalogueBuild }) {
  if (!evidence)
    return (
      <Section id="evidence" title="Evidence">
        <Nothing>
          Statements are verified only for shared builds, the builds before them and the newest
          build, if factory.keys.json trusts a key.
        </Nothing>
      </Section>
    );
  const { kind, reason, keyid, dependencies = [] } = evidence;
  return (
    <Section id="evidence" title="Evidence">
      <p>
        <span class={`badge ${{ valid: "good", invalid: "bad", missing: "warn" }[kind]}`}>
          <StateIcon
            state={kind === "valid" ? "shared" : kind === "invalid" ? "revoked" : "unshared"}
          />
          {kind}
        </span>{" "}
        {kind === "valid" && "A trusted key signed the statement of where this build comes from."}
        {kind === "missing" && "There is no statement about this build."}
        {reason !== undefined && (
          <>
            The statement <Text>{reason}</Text>
          </>
        )}
      </p>
      {kind === "valid" && (
        <dl class="facts">
          {keyid !== undefined && (
            <div>
              <dt>Key</dt>
              <dd class="mono break">{keyid}</dd>
            </div>
          )}
          {dependencies.map(({ name, uri }) => (
            <div key={name + uri}>
              <dt>
                <Text>{name}</Text>
              </dt>
              <dd class="mono break">
                <Text>{uri}</Text>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

function Packages({
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
  const packagesOf = (one: CatalogueBuild | undefined): Package[] =>
    (one?.packages ?? []).flatMap((position) => {
      const found = catalogue.packages[position];
      return found ? [found] : [];
    });
  const own = useMemo(() => packagesOf(build), [build]);
  const changes = useMemo(
    () => (compared ? packageChanges(packagesOf(compared), own) : []),
    [compared, own],
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

function Changes({
  changes,
  compared,
}: {
  readonly changes: ReturnType<typeof packageChanges>;
  readonly compared: string;
}) {
  const [isWhole, setWhole] = useState(false);
  if (changes.length === 0) return <Nothing>The same packages as in {compared}.</Nothing>;
  const added = changes.filter(({ before }) => before.length === 0).length;
  const removed = changes.filter(({ after }) => after.length === 0).length;
  const numbers = { new: added, removed, changed: changes.length - added - removed };
  const summary = Object.entries(numbers)
    .filter(([, number]) => number > 0)
    .map(([label, number]) => `${number} ${label}`);
  const shown = isWhole ? changes : changes.slice(0, FIRST_ROWS);
  return (
    <>
      <p>
        {summary.join(", ")} since <span class="mono">{compared}</span>
      </p>
      <table class="list diff">
        <thead>
          <tr>
            <th scope="col">Package</th>
            <th scope="col">{compared}</th>
            <th scope="col">this build</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ name, before, after }) => (
            <tr key={name}>
              <th scope="row">
                <Text>{name}</Text>
              </th>
              <td class="mono">
                {before.length === 0 ? (
                  <span class="muted">–</span>
                ) : (
                  <del>
                    <Text>{before.join(", ")}</Text>
                  </del>
                )}
              </td>
              <td class="mono">
                {after.length === 0 ? (
                  <span class="muted">removed</span>
                ) : (
                  <ins>
                    <Text>{after.join(", ")}</Text>
                  </ins>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More
        shown={shown.length}
        total={changes.length}
        noun="change"
        showAll={() => setWhole(true)}
      />
    </>
  );
}

function PackageList({ packages }: { readonly packages: readonly Package[] }) {
  const [text, setText] = useState("");
  const [isWhole, setWhole] = useState(false);
  const found = packages.filter((one) => one.join(" ").toLowerCase().includes(text.toLowerCase()));
  const shown = isWhole ? found : found.slice(0, FIRST_ROWS);
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
        {shown.map(([name, version]) => (
          <li key={`${name} ${version}`}>
            <Text>{name}</Text>{" "}
            <span class="mono muted">
              <Text>{version}</Text>
            </span>
          </li>
        ))}
      </ul>
      <More
        shown={shown.length}
        total={found.length}
        noun="package"
        showAll={() => setWhole(true)}
      />
    </details>
  );
}
