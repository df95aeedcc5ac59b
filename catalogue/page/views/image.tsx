import { useState } from "preact/hooks";
import type { CatalogueChannel, CatalogueImage } from "../../schema";
import { granteesOf, grantsOf } from "../access";
import { usePage } from "../context";
import { count } from "../format";
import { lineageOf } from "../lineage";
import { accessLink, imageLink } from "../routes";
import { type BuildEntry, isCurrent, STATE_HINTS, STATE_LABELS, STATES } from "../states";
import { Timeline } from "../timeline";
import {
  Age,
  BuildLink,
  Empty,
  FlagBadge,
  More,
  Nothing,
  Principal,
  Scroll,
  Section,
  StateBadge,
  StateIcon,
  Text,
} from "../widgets";
import { RunningTable } from "./fleet";
import { LineageGraph } from "./lineage";

/** Number of builds that the table shows at first. */
const FIRST_BUILDS = 12;

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
      <Facts image={image} />
      <Section id="channels" title="Channels">
        <Channels image={image} />
      </Section>
      <Section id="timeline" title="Builds" note={count(builds.length, "build")}>
        {builds.length === 0 ? (
          <Nothing>No build yet. The pipeline starts on its schedule, or by hand.</Nothing>
        ) : (
          <>
            <Timeline image={name} builds={builds} />
            <Legend builds={builds} />
            <Builds image={name} builds={builds} />
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

function Facts({ image }: { readonly image: CatalogueImage }) {
  const { kind, platform, version, parent, schedule, regions } = image;
  return (
    <dl class="facts">
      <div>
        <dt>Kind</dt>
        <dd>
          {kind === "image" ? "machine image" : "container image"}, {platform}
        </dd>
      </div>
      <div>
        <dt>Based on</dt>
        <dd>
          {parent.kind === "golden" ? (
            <a href={imageLink(parent.name)}>
              <Text>{parent.name}</Text>
            </a>
          ) : (
            <span class="break">
              <Text>{parent.name}</Text>
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd class="mono">{version}.x</dd>
      </div>
      <div>
        <dt>Schedule</dt>
        <dd>{schedule === undefined ? "by hand" : <Text>{schedule}</Text>}</dd>
      </div>
      <div>
        <dt>Regions</dt>
        <dd>{regions.join(", ")}</dd>
      </div>
    </dl>
  );
}

function conditionsOf({
  keep,
  bakeHours,
  approval,
  maxAgeDays,
  findings,
}: CatalogueChannel): string {
  const limits = findings?.maxSeverity;
  return [
    keep === 1 ? "the newest build" : `the ${keep} newest builds`,
    ...(bakeHours > 0 ? [`at least ${count(bakeHours, "hour")} old`] : []),
    ...(approval === "required" ? ["approved"] : []),
    ...(limits === undefined ? [] : [`findings up to ${limits}`]),
    ...Object.entries(findings?.fixWithinDays ?? {}).map(
      ([severity, days]) => `${severity} fixed within ${count(days, "day")}`,
    ),
    ...(findings?.reportOnly ? ["findings only reported"] : []),
    ...(maxAgeDays === undefined ? [] : [`alarm after ${count(maxAgeDays, "day")}`]),
  ].join(", ");
}

function Channels({ image: { name, channels } }: { readonly image: CatalogueImage }) {
  if (channels.length === 0)
    return <Nothing>The image has no channel, so its builds aren't shared.</Nothing>;
  return (
    <table class="list cards channels">
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">Audience</th>
          <th scope="col">Shares</th>
          <th scope="col">Shared builds</th>
          <th scope="col">Why nothing newer</th>
        </tr>
      </thead>
      <tbody>
        {channels.map((channel) => (
          <tr key={channel.region + channel.name}>
            <th scope="row">
              <Text>{channel.name}</Text>
              <span class="sub">{channel.region}</span>
            </th>
            <td data-label="Audience">
              <ul class="plain">
                {channel.audience.map((id) => (
                  <li key={id}>
                    <Principal id={id} />
                  </li>
                ))}
              </ul>
            </td>
            <td data-label="Shares">{conditionsOf(channel)}</td>
            <td data-label="Shared builds">
              {channel.shared.length === 0 && <span class="muted">none</span>}
              <ul class="plain">
                {channel.shared.map((build) => (
                  <li key={build}>
                    <BuildLink image={name} region={channel.region} build={build} />
                  </li>
                ))}
              </ul>
            </td>
            <td data-label="Why nothing newer">
              <ul class="plain reasons">
                {channel.reasons.map((reason) => (
                  <li key={reason}>
                    <Text>{reason}</Text>
                  </li>
                ))}
                {channel.reasons.length === 0 && <li class="muted">the newest build is shared</li>}
              </ul>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
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

function Builds({
  image,
  builds,
}: {
  readonly image: string;
  readonly builds: readonly BuildEntry[];
}) {
  const { catalogue } = usePage();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? builds : builds.slice(0, FIRST_BUILDS);
  return (
    <>
      <table class="list cards">
        <thead>
          <tr>
            <th scope="col">Build</th>
            <th scope="col">State</th>
            <th scope="col">Age</th>
            <th scope="col">Parent</th>
            <th scope="col">Shared by</th>
            <th scope="col">Approved for</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ build, state, behind }) => (
            <tr key={build.region + build.build}>
              <th scope="row">
                <BuildLink image={image} region={build.region} build={build.build} />
                {catalogue.regions.length > 1 && <span class="sub">{build.region}</span>}
              </th>
              <td data-label="State">
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
              </td>
              <td data-label="Age" class="nowrap">
                <Age time={build.createdAt} />
              </td>
              <td data-label="Parent">
                <span class="break">
                  <Text>{build.parent}</Text>
                </span>
                {behind !== undefined && isCurrent(state) && (
                  <span class="sub">behind: {behind} is newer</span>
                )}
              </td>
              <td data-label="Shared by">{build.sharedIn.join(", ") || <None />}</td>
              <td data-label="Approved for">
                {Object.keys(build.approvals).length === 0 && <None />}
                <ul class="plain">
                  {Object.entries(build.approvals).map(([channel, reason]) => (
                    <li key={channel}>
                      <Text>{channel}</Text>{" "}
                      <span class="muted">
                        <Text>{reason}</Text>
                      </span>
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More
        shown={shown.length}
        total={builds.length}
        noun="build"
        showAll={() => setWhole(true)}
      />
    </>
  );
}

function None() {
  return <span class="muted">–</span>;
}

/** The matrix of an image: accounts and OUs by channels. */
function Access({ image }: { readonly image: CatalogueImage }) {
  const { catalogue } = usePage();
  const { channels } = image;
  const rows = granteesOf(catalogue)
    .map((grantee) => ({ grantee, grants: grantsOf(image, grantee) }))
    .filter(({ grants }) => grants.length > 0);
  const [isWhole, setWhole] = useState(false);
  if (rows.length === 0) return <Nothing>No account gets builds of this image.</Nothing>;
  const shown = isWhole ? rows : rows.slice(0, FIRST_BUILDS);
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
      <More shown={shown.length} total={rows.length} noun="row" showAll={() => setWhole(true)} />
      <p>
        <a href={accessLink({ image: image.name })}>Compare with other images</a>
      </p>
    </>
  );
}
