import type { CatalogueBuild, CatalogueFinding, CatalogueImage } from "../../schema";
import { formatDay } from "../format";
import { type Column, Table } from "../table";
import { None, Nothing, Section, Text, Unread } from "../widgets";

const SEVERITY_ORDER = ["critical", "high", "medium", "low", "informational"];

function countBySeverity(list: readonly CatalogueFinding[]): [string, number][] {
  const severities = [...new Set([...SEVERITY_ORDER, ...list.map(({ severity }) => severity)])];
  return severities.flatMap((severity) => {
    const number = list.filter((finding) => finding.severity === severity).length;
    return number > 0 ? [[severity, number] as [string, number]] : [];
  });
}

interface Props {
  readonly kind: CatalogueImage["kind"];
  readonly build: CatalogueBuild;
}

/** Shows the findings of Amazon Inspector in a build. */
export function Findings({ kind, build: { findings, unread } }: Props) {
  if (kind === "container")
    return (
      <Section id="findings" title="Findings">
        <Nothing>
          The catalogue knows no findings of containers. If scans are on, look in Amazon ECR.
        </Nothing>
      </Section>
    );
  if (unread?.findings !== undefined)
    return (
      <Section id="findings" title="Findings">
        <Unread what="findings" message={unread.findings} />
      </Section>
    );
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
          <Table columns={COLUMNS} rows={list} noun="finding" />
        </>
      )}
    </Section>
  );
}

const COLUMNS: readonly Column<CatalogueFinding>[] = [
  { title: "Finding", cell: ({ title }) => <Text>{title}</Text> },
  {
    title: "Severity",
    cell: ({ severity }) => (
      <span class={`severity severity-${severity}`}>
        <Text>{severity}</Text>
      </span>
    ),
  },
  {
    title: "Fix",
    class: "nowrap",
    cell: ({ hasFix, fixSince }) =>
      fixSince === undefined ? (hasFix ? "yes" : "no") : `since ${formatDay(fixSince)}`,
  },
  {
    title: "First observed",
    class: "nowrap",
    cell: ({ firstObserved }) => formatDay(firstObserved),
  },
  {
    title: "Paths",
    class: "mono break",
    cell: ({ paths }) => (paths.length === 0 ? <None /> : <Text>{paths.join(" ")}</Text>),
  },
];
