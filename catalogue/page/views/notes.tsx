import type { CatalogueBuild, CatalogueNote } from "../../schema";
import { buildLink } from "../routes";
import { Fact, Facts } from "../table";
import { BuildLink, Nothing, Section, Text, Unread } from "../widgets";

interface Props {
  /** Name of the image. */
  readonly image: string;
  readonly build: CatalogueBuild;
}

/** The release notes of the channels that share a build. */
export function Notes({ image, build }: Props) {
  const { notes, unread } = build;
  return (
    <Section id="notes" title="Release notes">
      {unread?.notes !== undefined && <Unread what="release notes" message={unread.notes} />}
      {unread?.notes === undefined && !notes && (
        <Nothing>Only shared builds have release notes.</Nothing>
      )}
      {groupsOf(notes ?? []).map(([first, ...others]) => (
        <Note
          key={first.from ?? ""}
          image={image}
          build={build}
          note={first}
          channels={[first, ...others]}
        />
      ))}
    </Section>
  );
}

/** Channels that shared the same build before have the same notes, apart from the approval. */
function groupsOf(notes: readonly CatalogueNote[]): [CatalogueNote, ...CatalogueNote[]][] {
  const groups = new Map<string | undefined, [CatalogueNote, ...CatalogueNote[]]>();
  for (const note of notes) {
    const group = groups.get(note.from);
    if (group) group.push(note);
    else groups.set(note.from, [note]);
  }
  return [...groups.values()];
}

function Note({
  image,
  build,
  note: { from, revocation, recipe, parent, components, packages, findings },
  channels,
}: Props & {
  readonly note: CatalogueNote;
  readonly channels: readonly CatalogueNote[];
}) {
  const { region } = build;
  return (
    <article class="note">
      <p>
        <strong>
          <Text>{channels.map(({ channel }) => channel).join(", ")}</Text>
        </strong>
        {from === undefined ? (
          ": shared no build before"
        ) : (
          <>
            : compared with <BuildLink image={image} region={region} build={from} />
          </>
        )}
      </p>
      {revocation !== undefined && (
        <p>
          <span class="badge bad">revoked</span> {from}: <Text>{revocation || "no reason"}</Text>
        </p>
      )}
      <Facts>
        {channels.map(
          ({ channel, approval }) =>
            approval !== undefined && (
              <Fact
                key={channel}
                name={
                  <>
                    Approval for <Text>{channel}</Text>
                  </>
                }
              >
                <Text>{approval || "no reason"}</Text>
              </Fact>
            ),
        )}
        <Fact name="Recipe">
          <Value {...recipe} />
        </Fact>
        <Fact name="Parent">
          <Value {...parent} />
        </Fact>
        <Fact name="Components">
          <Components components={components} />
        </Fact>
        <Fact name="Packages">
          {packages ? (
            <a
              href={buildLink(image, build.build, { region, compare: from ?? "" })}
              onClick={() => document.getElementById("packages")?.scrollIntoView()}
            >
              {countsOf(packages)}
            </a>
          ) : (
            "not compared"
          )}
        </Fact>
        <Fact name="Findings">{findings ? findingCounts(findings.after) : "in Amazon ECR"}</Fact>
        {findings && from !== undefined && (
          <Fact name={`Findings in ${from}`}>{findingCounts(findings.before)}</Fact>
        )}
      </Facts>
      <FindingList title="New findings" findings={findings?.added ?? []} />
      <FindingList title="Findings that are gone" findings={findings?.removed ?? []} />
    </article>
  );
}

function Value({ from, to }: CatalogueNote["recipe"]) {
  if (to === undefined) return <span class="muted">unknown</span>;
  if (from === undefined) return <Text>{to}</Text>;
  if (from === to)
    return (
      <>
        <Text>{to}</Text> <span class="muted">as before</span>
      </>
    );
  return (
    <>
      <Text>{from}</Text> → <Text>{to}</Text>
    </>
  );
}

function Components({ components }: Pick<CatalogueNote, "components">) {
  if (!components) return <>not compared</>;
  if (components.length === 0) return <>no change</>;
  return (
    <ul class="plain">
      {components.map(({ name, from, to }) => (
        <li key={name}>
          <Text>{name}</Text>{" "}
          {from === undefined ? (
            <>
              <Text>{to ?? ""}</Text> <span class="muted">new</span>
            </>
          ) : to === undefined ? (
            <>
              <Text>{from}</Text> <span class="muted">gone</span>
            </>
          ) : (
            <Value from={from} to={to} />
          )}
        </li>
      ))}
    </ul>
  );
}

function countsOf({
  up,
  down,
  changed,
  added,
  removed,
}: NonNullable<CatalogueNote["packages"]>): string {
  const counts = Object.entries({ up, down, changed, new: added, gone: removed });
  const parts = counts.filter(([, number]) => number > 0);
  return parts.map(([label, number]) => `${number} ${label}`).join(", ") || "no change";
}

type NotedFindings = NonNullable<CatalogueNote["findings"]>;

function findingCounts(counts: NotedFindings["after"]): string {
  if (!counts) return "not scanned";
  return counts.map(({ severity, count }) => `${count} ${severity}`).join(", ") || "none";
}

function FindingList({
  title,
  findings,
}: {
  readonly title: string;
  readonly findings: NotedFindings["added"];
}) {
  if (findings.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="plain">
        {findings.map((finding) => (
          <li key={finding.title}>
            <span class={`severity severity-${finding.severity}`}>
              <Text>{finding.severity}</Text>
            </span>{" "}
            <Text>{finding.title}</Text>
          </li>
        ))}
      </ul>
    </>
  );
}
