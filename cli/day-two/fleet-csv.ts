/** Renders instances as comma-separated values, as RFC 4180 describes them. */
import type { FleetRow } from "../deployed/fleet-join";

const COLUMNS = [
  "account",
  "account_id",
  "region",
  "instance",
  "ami",
  "state",
  "image",
  "build",
  "built_in",
  "behind_builds",
  "behind_days",
  "revoked",
];

/** Starts of values that a spreadsheet may execute, also with full-width characters. */
const FORMULA = /^\s*[=+\-@＝＋－＠\t\r]/;

/** Returns a heading and a line for each instance. */
export function csvOf(rows: readonly FleetRow[]): string {
  const lines = rows.flatMap((row) =>
    row.instances.map((id) =>
      [
        row.account,
        row.accountId,
        row.region,
        id,
        row.ami,
        row.state,
        row.running?.image ?? "",
        row.running?.build ?? "",
        row.running?.builtIn ?? "",
        row.state === "behind" ? String(row.behindBuilds) : "",
        row.state === "behind" ? String(row.behindDays) : "",
        row.revoked ?? "",
      ]
        .map(csvCell)
        .join(","),
    ),
  );
  return [COLUMNS.join(","), ...lines].join("\n");
}

/**
 * A reason is text of other people. Spreadsheets would execute one that starts like a formula.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function csvCell(text: string): string {
  if (FORMULA.test(text)) return quoted(`'${text}`);
  return /[",\r\n]/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
