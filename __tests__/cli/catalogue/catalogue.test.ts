import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packagesOf } from "../../../catalogue/package-table";
import { readEmbedded } from "../../../catalogue/page/embedded";
import { Catalogue } from "../../../catalogue/schema";
import { sizeWarning } from "../../../cli/catalogue/catalogue";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "../day-two/shared-account";
import { type Result, runFactory } from "../run-factory";
import { runInProcess } from "../run-in-process";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "catalogue-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function readCatalogue(path: string): Catalogue {
  return Catalogue.parse(JSON.parse(readFileSync(join(path, "catalogue.json"), "utf8")));
}

describe("factory catalogue", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
  });
  afterEach(() => account.stop());

  test("writes what the commands for single images print, and the page with it", async () => {
    const first = await account.build();
    await account.factory.as("shared").tag(first, "golden-image:approved-stable", "CHG-1");
    await account.build();
    await account.command("update base");
    const out = join(folder, "catalogue");
    const { status, stdout, stderr } = await account.run(["catalogue", "--out", out]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^wrote \S+\/catalogue\/index\.html: 2 images, 2 builds, 0\.[34] MB\n$/);
    const page = readFileSync(join(out, "index.html"), "utf8");
    const [, content = ""] = /id="catalogue">([^<]+)</.exec(page) ?? [];
    expect(await readEmbedded(content)).toEqual(readCatalogue(out));
    const { images, packages, accounts, ...rest } = readCatalogue(out);
    const common = {
      region: "eu-west-1",
      status: "AVAILABLE",
      createdAt: expect.any(String),
      parent: "amazon-linux-2023-x86 x.x.x",
      containers: [],
    };
    const notScanned = { list: [], channels: [] };
    expect(images[0]).toMatchObject({
      name: "base",
      kind: "image",
      platform: "Linux",
      version: "1.0",
      parent: { kind: "awsManaged", name: "amazon-linux-2023-x86" },
      regions: ["eu-west-1"],
      channels: [
        {
          region: "eu-west-1",
          name: "canary",
          audience: ["ou-abcd-11111111"],
          keep: 1,
          bakeHours: 0,
          approval: "automatic",
          desired: ["1.0.0/2"],
          shared: ["1.0.0/2"],
          waitingForApproval: [],
          differs: false,
          reasons: [],
        },
        {
          name: "stable",
          audience: ["o-abcdefghij"],
          approval: "required",
          shared: ["1.0.0/1"],
          waitingForApproval: ["1.0.0/2"],
          reasons: ["1.0.0/2 isn't approved for stable"],
        },
      ],
      builds: [
        {
          ...common,
          build: "1.0.0/2",
          amis: [{ region: "eu-west-1", id: "ami-00000000000000002" }],
          sharedIn: ["canary"],
          approvals: {},
          findings: notScanned,
        },
        {
          ...common,
          build: "1.0.0/1",
          sharedIn: ["stable"],
          approvals: { stable: "CHG-1" },
          findings: notScanned,
        },
      ],
    });
    const namesOf = (build: number): string[] =>
      packagesOf(packages, images[0]?.builds[build] ?? {}).map(
        ({ name, version }) => `${name} ${version}`,
      );
    expect([namesOf(0), namesOf(1)]).toEqual([["openssl 3.2.2"], ["openssl 3.2.2"]]);
    expect(packages).toHaveLength(1);
    expect(images[1]).toMatchObject({
      name: "web",
      parent: { kind: "golden", name: "base" },
      channels: [],
      builds: [],
    });
    expect(accounts.map(({ id, kind }) => [id, kind])).toEqual([
      ["111111111111", "shared"],
      ["222222222222", "app"],
    ]);
    expect(rest).toMatchObject({
      format: 1,
      organization: "o-abcdefghij",
      regions: ["eu-west-1"],
      problems: [],
    });
  });

  test("replaces a catalogue, and --json prints what it wrote", async () => {
    const out = join(folder, "catalogue");
    await account.run(["catalogue", "--out", out]);
    await account.build();
    const { status, stdout } = await account.run(["catalogue", "--out", out, "--json"]);
    expect({ status, data: JSON.parse(stdout) }).toEqual({
      status: 0,
      data: { page: join(out, "index.html"), images: 2, builds: 1, problems: [] },
    });
    expect(readCatalogue(out).images[0]?.builds).toHaveLength(1);
  });

  test("writes the rest and exits with 1 if the packages of a build can't be read", async () => {
    await account.build();
    await account.command("update base");
    account.factory.aws.emulator.fail(
      "ListImagePackages",
      new Fault("AccessDeniedException", "not allowed", 403),
    );
    const { status, stdout } = await account.run(["catalogue", "--out", folder]);
    expect(status).toBe(1);
    expect(stdout).toContain(
      "\nproblem: eu-west-1: base 1.0.0/1: AccessDeniedException: not allowed\n",
    );
    const { images, problems } = readCatalogue(folder);
    expect(problems).toEqual([
      { region: "eu-west-1", message: "base 1.0.0/1: AccessDeniedException: not allowed" },
    ]);
    expect(images[0]?.builds).toMatchObject([{ build: "1.0.0/1", sharedIn: ["canary"] }]);
    expect(images[0]?.builds[0]?.packages).toBeUndefined();
  });

  test("writes nothing with credentials of another account", async () => {
    const out = join(folder, "catalogue");
    const { status, stdout, stderr } = await account.run(["catalogue", "--out", out], "payments");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("111111111111");
    expect(existsSync(out)).toBe(false);
  });
});

describe("factory catalogue --fleet", () => {
  let account: SharedAccount;
  afterEach(() => account.stop());

  test("adds what the instances of app accounts run, and says which accounts it didn't look at", async () => {
    account = await SharedAccount.start(undefined, (file) => {
      file.sharedAccount.operators = ["arn:aws:iam::111111111111:role/operators"];
      file.appAccounts.payments.fleet = true;
      file.appAccounts.outsider = { id: "444444444444", regions: { "eu-west-1": {} } };
    });
    await account.build();
    await account.command("update base");
    for (const _ of [1, 2]) await account.factory.as("payments").launch("ami-00000000000000001");
    const { status, stderr } = await account.run(["catalogue", "--fleet", "--out", folder]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(readCatalogue(folder).fleet).toEqual({
      running: [
        {
          account: "222222222222",
          region: "eu-west-1",
          image: "base",
          build: "1.0.0/1",
          state: "current",
          instances: 2,
        },
      ],
      notLookedAt: ["outsider"],
      notes: [
        {
          account: "all accounts",
          message: expect.stringMatching(/^AWS Organizations doesn't answer/),
        },
      ],
      problems: [],
    });
  });

  test("lists an account that can't be looked at, and exits with 1", async () => {
    account = await SharedAccount.start(undefined, (file) => {
      file.sharedAccount.operators = ["arn:aws:iam::111111111111:role/operators"];
      file.appAccounts.payments.fleet = true;
    });
    account.factory.aws.emulator.fail(
      "AssumeRole",
      new Fault("AccessDenied", "not authorized to perform: sts:AssumeRole", 403),
    );
    const { status, stdout } = await account.run(["catalogue", "--fleet", "--out", folder]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/\nproblem: payments: .*sts:AssumeRole.*\n$/);
    expect(readCatalogue(folder).fleet?.problems).toMatchObject([{ account: "payments" }]);
  });

  test("writes nothing if no account has opted in", async () => {
    account = await SharedAccount.start();
    expect(await account.run(["catalogue", "--fleet", "--out", join(folder, "new")])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "no app account can be looked at: set fleet: true in factory.yaml and deploy the account's stack, or pass --profiles ACCOUNT=PROFILE\n",
    });
    expect(existsSync(join(folder, "new"))).toBe(false);
  });
});

/** Runs the command without credentials. */
function run(...args: readonly string[]): Promise<Result> {
  return runInProcess(["catalogue", ...args], {
    AWS_CONFIG_FILE: join(folder, "none"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    AWS_EC2_METADATA_DISABLED: "true",
  });
}

test("factory catalogue reports missing credentials", async () => {
  expect(await run("--out", join(folder, "new"))).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "credentials: must be those of the shared account 111111111111, got: none, from the default profile or the machine's role (Could not load credentials from any providers); set --profile or AWS_PROFILE to a profile of this account\n",
  });
});

describe("factory catalogue --demo", () => {
  test("writes a catalogue without AWS, the same each time", async () => {
    expect(await run("--demo", "--out", join(folder, "one"))).toEqual({
      status: 0,
      stdout: `wrote ${join(folder, "one", "index.html")}: 11 images, 264 builds, 0.4 MB\n`,
      stderr: "",
    });
    runFactory(["catalogue", "--demo", "--out", join(folder, "other")]);
    const [one, other] = ["one", "other"].map((name) =>
      readFileSync(join(folder, name, "index.html")),
    );
    expect(one?.equals(other as Buffer)).toBe(true);
    expect(readCatalogue(join(folder, "one")).isDemo).toBe(true);
  });

  test("--serve shows the page to this machine only, until it is stopped", async () => {
    const args = ["dist/factory.js", "catalogue", "--demo", "--serve", "--port", "0"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line = ""] = (await once(createInterface(child.stdout), "line")) as [string];
    expect(line).toMatch(/^serving http:\/\/127\.0\.0\.1:\d+\/ until you press Ctrl-C$/);
    const url = line.split(" ")[1] ?? "";
    // The server ends idle connections after a few seconds, in which this process may be paused.
    const headers = { connection: "close" };
    const page = await fetch(url, { headers });
    expect([page.status, page.headers.get("x-content-type-options")]).toEqual([200, "nosniff"]);
    expect(await page.text()).toContain("<title>Golden images</title>");
    const data = await (await fetch(`${url}catalogue.json`, { headers })).json();
    expect(Catalogue.parse(data).images).toHaveLength(11);
    expect((await fetch(`${url}factory.yaml`, { headers })).status).toBe(404);
    expect((await fetch(url, { method: "POST", headers })).status).toBe(405);
    const [foreign] = await once(get(url, { headers: { host: "attacker.example" } }), "response");
    expect(foreign.statusCode).toBe(403);
    foreign.resume();
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("reports a port that another program uses before it reads anything", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await run("--config", "missing.yaml", "--serve", "--port", String(port))).toEqual({
      status: 1,
      stdout: "",
      stderr: `--port: must be free, got: ${port}, which another program uses\n`,
    });
    server.close();
  });

  test.each<[string, string[], string]>([
    ["a folder without a name", ["--out", ""], "--out: must name a folder"],
    ["neither a folder nor a server", [], "--out or --serve: must be set"],
    [
      "a port that isn't a number",
      ["--serve", "--port", "http"],
      "--port: must be a number from 0 to 65535, got: http",
    ],
    [
      "a port that is too high",
      ["--serve", "--port", "65536"],
      "--port: must be a number from 0 to 65535, got: 65536",
    ],
    [
      "profiles without --fleet",
      ["--serve", "--profiles", "payments=x"],
      "--profiles: must be set together with --fleet",
    ],
    ["JSON from a server", ["--serve", "--json"], "--json: must not be set together with --serve"],
  ])("reports %s", async (_, args, message) => {
    expect(await run("--demo", ...args)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${message}\n`,
    });
  });

  test.each<[string, (path: string) => void]>([
    [
      "a folder with other files",
      (path) => {
        mkdirSync(path);
        writeFileSync(join(path, "notes.txt"), "");
      },
    ],
    [
      "a folder whose catalogue.json is another program's",
      (path) => {
        mkdirSync(path);
        writeFileSync(join(path, "catalogue.json"), "[]");
      },
    ],
    [
      "a folder whose catalogue.json has a format, but isn't one of the factory",
      (path) => {
        mkdirSync(path);
        writeFileSync(join(path, "catalogue.json"), '{"format":1,"images":[]}');
      },
    ],
    ["a file", (path) => writeFileSync(path, "")],
  ])("doesn't write to %s", async (_, create) => {
    const path = join(folder, "target");
    create(path);
    expect(await run("--demo", "--out", path)).toEqual({
      status: 1,
      stdout: "",
      stderr: `--out: must be a folder that is new, empty or contains a catalogue, got: ${path}\n`,
    });
  });

  test("replaces a catalogue of another format", async () => {
    const path = join(folder, "catalogue.json");
    writeFileSync(path, '{"format":99,"generator":"golden-image-factory"}');
    expect((await run("--demo", "--out", folder)).status).toBe(0);
    expect(readCatalogue(folder).format).toBe(1);
  });

  test("reports a folder that can't be created", async () => {
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file", "catalogue");
    expect(await run("--demo", "--out", path)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^\S+\/file\/catalogue can't be created: ENOTDIR: .*\n$/),
    });
  });
});

test("factory catalogue warns if the page is larger than 5 MB", () => {
  expect(sizeWarning("x".repeat(5_000_000))).toEqual([]);
  expect(sizeWarning("x".repeat(5_100_000))).toEqual([
    "warning: the page has 5.1 MB: above 5 MB, it may be slow to open; fewer builds make it smaller: `retain` deletes old ones",
  ]);
});
