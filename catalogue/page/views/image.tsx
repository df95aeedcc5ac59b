import type { CatalogueChannel, CatalogueImage } from "../../schema";
import { granteesOf, grantsOf } from "../access";
import { usePage } from "../context";
import { count } from "../format";
import { lineageOf } from "../lineage";
import { accessLink } from "../routes";
import { type BuildEntry, isCurrent, STATE_HINTS, STATE_LABELS, STATES } from "../states";
import { type Column, Fact, Facts, Table, useFirst } from "../table";
import { Timeline } from "../timeline";
import {
  Age,
  BuildLink,
  BuildParent,
  Empty,
  FlagBadge,
  Messages,
  None,
  Nothing,
  ParentLink,
  Principal,
  Scroll,
  Section,
  StateBadge,
  StateIcon,
  Text,
} from "../widgets";
import { RunningTable } from "./fleet";
import { LineageGraph } from "./lineage";

/** Number of rows that tables show at first. */
const FIRST_ROWS = 12;

/** An image: its channels, builds, lineage and audience. */
export function ImageView({ name }: { readonly name: string }) {
  const { catalogue, entries } = usePage();
  const entry = entries.find(({ image }) => image.name === name);
  if (!entry)
    return (
      <Empty title="There is no such image">
        The catalogue has no image “<Text>{name}</Text>”. It may have been renamed or removed.
      </Empty>
    );
  const { image, builds, flags } = entry;
  return (
    <>
      <p class="crumbs">
        <a href="#/">Images</a>
      </p>
      <h1 tabIndex={-1}>
        <Text>{name}</Text>
      </h1>
      {image.description !== undefined && (
        <p class="lead">
          <Text>{image.description}</Text>
        </p>
      )}
      {flags.length > 0 && (
        <p class="badges">
          {flags.map((flag) => (
            <FlagBadge key={flag} flag={flag} />
          ))}
        </p>
      )}
      <Messages title="Not everything could be read" messages={image.unread ?? []} isOpen />
      <ImageFacts image={image} />
      <Section id="channels" title="Channels">
        <Channels image={image} />
      </Section>
      <Section id="timeline" title="Builds" note={count(builds.length, "build")}>
        {builds.length === 0 ? (
          <Nothing>
            {image.unread
              ? "No build could be read."
              : "No build yet. The pipeline starts on its schedule, or by hand."}
          </Nothing>
        ) : (
          <>
            <Timeline image={name} builds={builds} />
            <Legend builds={builds} />
            <Table
              columns={buildColumns(name, catalogue.regions.length > 1)}
              rows={builds}
              noun="build"
              first={FIRST_ROWS}
            />
          </>
        )}
      </Section>
      <Section id="lineage" title="Lineage">
        <LineageGraph lineage={lineageOf(catalogue, name)} current={name} />
      </Section>
      {catalogue.fleet && (
        <Section id="fleet" title="Instances">
          <RunningTable running={catalogue.fleet.running.filter((one) => one.image === name)} />
        </Section>
      )}
      <Section id="access" title="Who gets what">
        <Access image={image} />
      </Section>
    </>
  );
}

function ImageFacts({ image }: { readonly image: CatalogueImage }) {
  const { kind, platform, version, parent, schedule, regions } = image;
  return (
    <Facts>
      <Fact name="Kind">
        {kind === "image" ? "machine image" : "container image"}, {platform}
      </Fact>
      <Fact name="Based on">
        <ParentLink parent={parent} />
      </Fact>
      <Fact name="Version" class="mono">
        {version}.x
      </Fact>
      <Fact name="Schedule">{schedule === undefined ? "by hand" : <Text>{schedule}</Text>}</Fact>
      <Fact name="Regions">{regions.join(", ")}</Fact>
    </Facts>
  );
}

/**
 * Conditions of a channel: a text, and the exceptions for findings, whose reasons are other
 * people's.
 */
function Conditions({ channel }: { readonly channel: CatalogueChannel }) {
  const { keep, bakeHours, approval, maxAgeDays, findings } = channel;
  const { maxSeverity, fixWithinDays = {}, scanWindowDays, exceptions = [] } = findings ?? {};
  const conditions = [
    keep === 1 ? "the newest build" : `the ${keep} newest builds`,
    ...(bakeHours > 0 ? [`at least ${count(bakeHours, "hour")} old`] : []),
    ...(approval === "required" ? ["approved"] : []),
    ...(maxSeverity === undefined ? [] : [`findings up to ${maxSeverity}`]),
    ...Object.entries(fixWithinDays).map(
      ([severity, days]) => `${severity} fixed within ${count(days, "day")}`,
    ),
    ...(scanWindowDays === undefined
      ? []
      : [`scanned, and younger than Inspector's window of ${count(scanWindowDays, "day")}`]),
    ...(findings?.reportOnly ? ["findings only reported"] : []),
    ...(maxAgeDays === undefined ? [] : [`alarm after ${count(maxAgeDays, "day")}`]),
  ];
  return (
    <>
      {conditions.join(", ")}
      {exceptions.map(({ id, until, reason }) => (
        <span class="sub" key={id}>
          accepts <Text>{id}</Text> until {until}: <Text>{reason}</Text>
        </span>
      ))}
    </>
  );
}

function channelColumns({
  name,
  builds,
  unread = [],
}: CatalogueImage): readonly Column<CatalogueChannel>[] {
  return [
    {
      title: "Channel",
      cell: (channel) => (
        <>
          <Text>{channel.name}</Text>
          <span class="sub">{channel.region}</span>
        </>
      ),
    },
    {
      title: "Audience",
      cell: ({ audience }) => (
        <ul class="plain">
          {audience.map((id) => (
            <li key={id}>
              <Principal id={id} />
            </li>
          ))}
        </ul>
      ),
    },
    { title: "Shares", cell: (channel) => <Conditions channel={channel} /> },
    {
      title: "Shared builds",
      cell: ({ region, shared }) => (
        <>
          {shared.length === 0 && <span class="muted">none</span>}
          <ul class="plain">
            {shared.map((build) => (
              <li key={build}>
                <BuildLink image={name} region={region} build={build} />
              </li>
            ))}
          </ul>
        </>
      ),
    },
    {
      title: "Why nothing newer",
      cell: ({ region, reasons, shared }) => (
        <ul class="plain reasons">
          {reasons.map((reason) => (
            <li key={reason}>
              <Text>{reason}</Text>
            </li>
          ))}
          {unread.some((one) => one.region === region) ? (
            <li class="muted">not everything could be read</li>
          ) : (
            reasons.length === 0 && (
              <li class="muted">
                {shared.length > 0
                  ? "the newest build is shared"
                  : builds.some((one) => one.region === region)
                    ? "no build can be shared"
                    : "there is no build yet"}
              </li>
            )
          )}
        </ul>
      ),
    },
  ];
}

function Channels({ image }: { readonly image: CatalogueImage }) {
  if (image.channels.length > 0)
    return (
      <Table
        columns={channelColumns(image)}
        rows={image.channels}
        noun="channel"
        class="cards channels"
      />
    );
  return (
    <Nothing>
      {image.unread
        ? "No channel could be read."
        : "The image has no channel, so its builds aren't shared."}
    </Nothing>
  );
}

function Legend({ builds }: { readonly builds: readonly BuildEntry[] }) {
  const used = STATES.filter((state) => builds.some((entry) => entry.state === state));
  return (
    <ul class="legend" aria-label="States">
      {used.map((state) => (
        <li key={state}>
          <StateIcon state={state} /> <strong>{STATE_LABELS[state]}</strong>{" "}
          <span class="muted">{STATE_HINTS[state]}</span>
        </li>
      ))}
      <li>
        <span class="mark">✓</span> <strong>approved</strong>
        <span class="muted">for at least one channel</span>
      </li>
      <li>
        <span class="mark warn-mark">←</span> <strong>behind</strong>
        <span class="muted">the parent has a newer build</span>
      </li>
    </ul>
  );
}

function buildColumns(image: string, hasRegions: boolean): readonly Column<BuildEntry>[] {
  return [
    {
      title: "Build",
      cell: ({ build: { region, build } }) => (
        <>
          <BuildLink image={image} region={region} build={build} />
          {hasRegions && <span class="sub">{region}</span>}
        </>
      ),
    },
    {
      title: "State",
      cell: ({ build, state }) => (
        <>
          <StateBadge state={state} />
          {build.revoked !== undefined && (
            <span class="sub">
              <Text>{build.revoked}</Text>
            </span>
          )}
          {build.revokeAt !== undefined && (
            <span class="sub">
              revoked from <Text>{build.revokeAt}</Text>
            </span>
          )}
        </>
      ),
    },
    { title: "Age", class: "nowrap", cell: ({ build }) => <Age time={build.createdAt} /> },
    {
      title: "Parent",
      cell: ({ build, state, behind }) => (
        <>
          <BuildParent build={build} />
          {behind !== undefined && isCurrent(state) && (
            <span class="sub">behind: {behind} is newer</span>
          )}
        </>
      ),
    },
    {
      title: "Shared by",
      cell: ({ build: { sharedIn } }) =>
        sharedIn.length === 0 ? <None /> : <Text>{sharedIn.join(", ")}</Text>,
    },
    {
      title: "Approved for",
      cell: ({ build: { approvals } }) => (
        <>
          {Object.keys(approvals).length === 0 && <None />}
          <ul class="plain">
            {Object.entries(approvals).map(([channel, reason]) => (
              <li key={channel}>
                <Text>{channel}</Text>{" "}
                <span class="muted">
                  <Text>{reason}</Text>
                </span>
              </li>
            ))}
          </ul>
        </>
      ),
    },
  ];
}

/** The matrix of an image: accounts and OUs by channels. */
function Access({ image }: { readonly image: CatalogueImage }) {
  const { catalogue } = usePage();
  const { channels } = image;
  const rows = granteesOf(catalogue)
    .map((grantee) => ({ grantee, grants: grantsOf(image, grantee) }))
    .filter(({ grants }) => grants.length > 0);
  const { shown, more } = useFirst(rows, FIRST_ROWS, "row");
  if (rows.length === 0) return <Nothing>No account gets builds of this image.</Nothing>;
  return (
    <>
      <Scroll label="Matrix of accounts and channels">
        <table class="list matrix">
          <thead>
            <tr>
              <th scope="col">Account or OU</th>
              {channels.map(({ region, name }) => (
                <th scope="col" key={region + name}>
                  <Text>{name}</Text>
                  <span class="sub">{region}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ grantee, grants }) => (
              <tr key={grantee.id}>
                <th scope="row">
                  <Principal id={grantee.id} />
                </th>
                {channels.map((channel) => {
                  const grant = grants.find((one) => one.channel === channel);
                  const [build] = channel.shared;
                  return (
                    <td key={channel.region + channel.name}>
                      {!grant && <None />}
                      {grant && build === undefined && <span class="muted">nothing shared</span>}
                      {grant && build !== undefined && (
                        <BuildLink image={image.name} region={channel.region} build={build} />
                      )}
                      {grant && !grant.isCertain && (
                        <span class="sub">if it is in {grant.via}</span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {more}
      <p>
        <a href={accessLink({ image: image.name })}>Compare with other images</a>
      </p>
    </>
  );
}
