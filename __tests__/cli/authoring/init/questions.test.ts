import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { parse } from "yaml";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "factory-questions-"));
  writeFileSync(join(folder, "factory.tgz"), "a tarball");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A text that the terminal shows, and the keys that are pressed then. The text must be in no
 * earlier question, because a question is shown again when it is answered.
 */
type Step = readonly [shown: string, keys: string];

const ENTER = "\r";

/** Runs the command in a pseudo terminal. Returns its exit code and all that it showed. */
async function initInTerminal(steps: readonly Step[], options = "") {
  const dir = join(folder, "golden-images");
  const tarball = join(folder, "factory.tgz");
  const line = `stty rows 50 cols 80; "${process.execPath}" dist/factory.js init ${dir} --package ${tarball} --no-install ${options}`;
  const env = { PATH: process.env["PATH"], TERM: "xterm-256color" };
  const terminal = spawn("script", ["-qec", line, "/dev/null"], { env });
  const shown = await press(terminal, steps);
  return { status: terminal.exitCode, shown };
}

async function press(
  terminal: ChildProcessWithoutNullStreams,
  steps: readonly Step[],
): Promise<string> {
  let shown = "";
  let answered = 0;
  const remaining = [...steps];
  terminal.stdout.on("data", (chunk) => {
    shown += stripVTControlCharacters(String(chunk));
    const [next] = remaining;
    if (!next || !shown.slice(answered).includes(next[0])) return;
    remaining.shift();
    answered = shown.length;
    terminal.stdin.write(next[1]);
  });
  // A prompt that never appears must not block the test.
  const limit = setTimeout(() => terminal.kill(), 10 * 60_000);
  await once(terminal, "close");
  clearTimeout(limit);
  expect(remaining).toEqual([]);
  return shown;
}

const ACCOUNTS: readonly Step[] = [
  ["Organization ID", `o-abcdefghij${ENTER}`],
  ["management account", `999999999999${ENTER}`],
  ["shared account", `111111111111${ENTER}`],
  ["Regions that build", `eu-west-1${ENTER}`],
];

test("factory init asks for everything, validates each answer, and writes the repository", async () => {
  const { status, shown } = await initInTerminal([
    ["Organization ID", `acme${ENTER}`],
    [
      "must be an organization ID such as o-abcdefghij",
      `${"\u007f".repeat("acme".length)}o-abcdefghij${ENTER}`,
    ],
    ...ACCOUNTS.slice(1),
    ["keep its state?", ENTER],
    ["Name of the state buckets", ENTER],
    ["AWS-managed image", "ubuntu"],
    ["6 matches", ENTER],
    ["Name of the first golden image", ENTER],
    ["Name of its channel", ENTER],
    ["Add an app account", ENTER],
    ["Name of the app account", `payments${ENTER}`],
    ["Account ID of the app account", `222222222222${ENTER}`],
    ["GitHub Actions?", ENTER],
    ["GitHub repository", `acme/golden-images${ENTER}`],
  ]);
  expect(shown).toContain("and synthesized 4 stacks:");
  expect(status).toBe(0);
  const file = parse(readFileSync(join(folder, "golden-images", "factory.yaml"), "utf8"));
  expect(file).toMatchObject({
    organization: { id: "o-abcdefghij", managementAccountId: "999999999999" },
    state: { backend: "s3", bucket: "golden-images-tfstate-{account}", region: "eu-west-1" },
    ci: { github: { repository: "acme/golden-images" } },
    sharedAccount: { id: "111111111111", regions: { "eu-west-1": {} } },
    images: { "ubuntu-server-24-lts": { parent: { awsManaged: "ubuntu-server-24-lts-x86" } } },
    appAccounts: { payments: { id: "222222222222" } },
  });
});

test("factory init asks only for what its options don't say", async () => {
  const { status, shown } = await initInTerminal(
    [
      ["keep its state?", `\u001b[B${ENTER}`],
      ["HCP Terraform organization", `acme${ENTER}`],
      ["Add an app account", `\u001b[C${ENTER}`],
    ],
    "--organization o-abcdefghij --management-account 999999999999 --shared-account 111111111111 --regions eu-west-1 --parent amazon-linux-2023-x86 --image base --channel stable",
  );
  expect(shown).toContain("and synthesized 1 stack:");
  expect(shown).not.toContain("GitHub");
  expect(status).toBe(0);
});

test("factory init prints the answers as options if they don't go together", async () => {
  const { status, shown } = await initInTerminal(
    [
      ["Add an app account", ENTER],
      ["Name of the app account", `payments${ENTER}`],
      ["Account ID of the app account", `111111111111${ENTER}`],
    ],
    "--organization o-abcdefghij --management-account 999999999999 --shared-account 111111111111 --regions eu-west-1 --hcp-organization acme --parent amazon-linux-2023-x86 --image base --channel stable",
  );
  expect(shown.replaceAll("\r\n", "\n")).toContain(
    `[account-id-unique]
To keep your answers, add --organization o-abcdefghij --management-account 999999999999 --shared-account 111111111111 --regions eu-west-1 --hcp-organization acme --parent amazon-linux-2023-x86 --image base --channel stable --app-account payments --app-account-id 111111111111
`,
  );
  expect(status).toBe(1);
  expect(readdirSync(folder)).toEqual(["factory.tgz"]);
});

test("factory init writes nothing if the person stops", async () => {
  const { status, shown } = await initInTerminal([["Organization ID", "\u0003"]]);
  expect(shown).toContain("stopped: nothing was written");
  expect(status).toBe(1);
  expect(existsSync(join(folder, "golden-images"))).toBe(false);
});
