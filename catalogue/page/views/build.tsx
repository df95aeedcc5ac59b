import { useState } from "preact/hooks";
import type { CatalogueBuild } from "../../schema";
import { usePage } from "../context";
import { formatTime } from "../format";
import { buildLink, imageLink, type Query } from "../routes";
import { type BuildEntry, isCurrent } from "../states";
import { Fact, Facts } from "../table";
import { Age, BuildParent, Empty, StateBadge, Text } from "../widgets";
import { Evidence } from "./evidence";
import { Findings } from "./findings";
import { Notes } from "./notes";
import { Packages } from "./packages";

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
      <Notes image={name} build={build} />
      <Findings kind={entry.image.kind} build={build} />
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
  const { region, status, createdAt, amis, containers, sharedIn, approvals } = build;
  return (
    <Facts>
      <Fact name="Created">
        {formatTime(createdAt)} UTC{" "}
        <span class="muted">
          (<Age time={createdAt} /> ago)
        </span>
      </Fact>
      <Fact name="Region">{region}</Fact>
      <Fact name="Status">{status}</Fact>
      <Fact name="Parent" class="break">
        <BuildParent build={build} />
      </Fact>
      <Fact name="Shared by">
        <Text>{sharedIn.join(", ") || "no channel"}</Text>
      </Fact>
      {Object.entries(approvals).map(([channel, reason]) => (
        <Fact
          key={channel}
          name={
            <>
              Approved for <Text>{channel}</Text>
            </>
          }
        >
          <Text>{reason}</Text>
        </Fact>
      ))}
      {build.revoked !== undefined && (
        <Fact name="Revoked">
          <Text>{build.revoked}</Text>
        </Fact>
      )}
      {build.revokeAt !== undefined && (
        <Fact name="Will be revoked">
          <Text>{build.revokeAt}</Text>
        </Fact>
      )}
      {amis.map((ami) => (
        <Fact key={ami.region} name={`AMI in ${ami.region}`}>
          <Copyable text={ami.id} />
        </Fact>
      ))}
      {containers.map((uri) => (
        <Fact key={uri} name="Container image" class="break">
          <Copyable text={uri} />
        </Fact>
      ))}
    </Facts>
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
