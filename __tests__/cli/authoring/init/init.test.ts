import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import type { IncomingMessage, Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { describeEstimate, estimateCost } from "../../../../cli/authoring/init/cost";
import { serverUrl, startServer, stopServer } from "../../../../tools/local-aws/protocol/server";
import type { Result } from "../../run-factory";
import { runInProcess } from "../../run-in-process";

const COMMAND = resolve("dist/factory.js");

let folder: string;
/** Its content isn't read without `npm install`. */
let tarball: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "factory-init-"));
  tarball = join(folder, "golden-image-factory-9.9.9.tgz");
  writeFileSync(tarball, "a tarball");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ACCOUNTS = {
  organization: "o-abcdefghij",
  "management-account": "999999999999",
  "shared-account": "111111111111",
};
const REQUIRED = {
  ...ACCOUNTS,
  regions: "eu-west-1",
  "state-bucket": "acme-tfstate-{account}",
  parent: "amazon-linux-2023-x86",
  image: "amazon-linux-2023",
  channel: "stable",
};
type Given = Readonly<Record<string, string>>;

function optionsOf(given: Given): string[] {
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
}

function allArguments(given: Given, name = "golden-images"): string[] {
  return ["init", join(folder, name), ...optionsOf(given)];
}

function factory(...args: readonly string[]): Promise<Result> {
  return runInProcess(args, process.env);
}

/** Arguments without questions and without `npm install`. */
function quickArguments(given: Given = REQUIRED): string[] {
  return [...allArguments(given), "--package", tarball, "--no-install", "--yes"];
}

function init(given?: Given): Promise<Result> {
  return factory(...quickArguments(given));
}

function failure(stderr: string): Result {
  return { status: 1, stdout: "", stderr: `${stderr}\n` };
}

function written(file: string): string {
  return readFileSync(join(folder, "golden-images", file), "utf8");
}

function without(given: Given, ...names: readonly string[]): Given {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
}

/** Nothing but what was there before. */
function expectNothingWritten(): void {
  expect(readdirSync(folder)).toEqual(["golden-image-factory-9.9.9.tgz"]);
}

describe("factory init writes", () => {
  test("a repository, its stacks, the estimated cost and the next commands", async () => {
    const dir = join(folder, "golden-images");
    const result = await init();
    const estimate = estimateCost(
      ["state-shared", "shared-eu-west-1"].map((stack) =>
        JSON.parse(written(`cdktf.out/stacks/${stack}/cdk.tf.json`)),
      ),
    );
    expect(estimate.usd).toBeGreaterThan(5);
    expect(result).toEqual({
      status: 0,
      stdout: `wrote ${dir}, and synthesized 2 stacks:
  state-shared
  shared-eu-west-1

${describeEstimate(estimate)}

Next, read factory.yaml and README.md, and commit all files. Then:
  cd ${dir}
  npm install --ignore-scripts
  npx --no factory plan --account shared
  npx --no factory apply --account shared
See node_modules/golden-image-factory/docs/getting-started.md for each step.
`,
      stderr: "",
    });
    expect(written(".git/HEAD")).toBe("ref: refs/heads/main\n");
    expect(readdirSync(dir).sort()).toEqual([
      ".git",
      ".gitattributes",
      ".gitignore",
      "README.md",
      "cdktf.json",
      "cdktf.out",
      "components",
      "factory.lock.json",
      "factory.yaml",
      "golden-image-factory-9.9.9.tgz",
      "package.json",
    ]);
    expect(readdirSync(join(dir, "components"))).toEqual(["hardening-linux.yaml"]);
    expect(readdirSync(join(dir, "cdktf.out", "stacks")).sort()).toEqual([
      "shared-eu-west-1",
      "state-shared",
    ]);
    expect(statSync(dir).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  test("a factory file with the line for editors and the answers", async () => {
    expect((await init()).status).toBe(0);
    expect(
      written("factory.yaml"),
    ).toBe(`# yaml-language-server: $schema=node_modules/golden-image-factory/factory.schema.json
# Every key: node_modules/golden-image-factory/docs/reference/factory-yaml.md
organization:
  id: o-abcdefghij
  managementAccountId: "999999999999"
state:
  backend: s3
  bucket: "acme-tfstate-{account}"
  region: eu-west-1
sharedAccount:
  id: "111111111111"
  # notify: { emails: [platform@example.com] } # receives messages about builds and alarms
  regions:
    eu-west-1: {}
images:
  amazon-linux-2023:
    parent: { awsManaged: amazon-linux-2023-x86 }
    version: "1.0"
    components:
      - { awsManaged: update-linux }
      - { document: components/hardening-linux.yaml }
    share:
      channels:
        stable: { principals: { organization: true } }
    retain: { builds: 10 }
`);
  });

  test("files that pin the package, line endings and the app of cdktf", async () => {
    expect((await init()).status).toBe(0);
    expect(JSON.parse(written("package.json"))).toEqual({
      name: "golden-images",
      private: true,
      engines: { node: ">=20.19" },
      scripts: { factory: "factory" },
      dependencies: { "golden-image-factory": "file:golden-image-factory-9.9.9.tgz" },
    });
    expect(JSON.parse(written("cdktf.json"))).toEqual({
      language: "typescript",
      app: "node node_modules/golden-image-factory/dist/main.js",
      sendCrashReports: "false",
    });
    expect(written(".gitattributes")).toContain("\n* text eol=lf\n*.tgz binary\n");
    expect(written("golden-image-factory-9.9.9.tgz")).toBe("a tarball");
    expect(written("README.md")).toMatch(/^# golden-images\n/);
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: join(folder, "golden-images"), encoding: "utf8" });
    expect(git("status", "--short", "--untracked-files=all").trim().split("\n")).toEqual([
      "?? .gitattributes",
      "?? .gitignore",
      "?? README.md",
      "?? cdktf.json",
      "?? components/hardening-linux.yaml",
      "?? factory.lock.json",
      "?? factory.yaml",
      "?? golden-image-factory-9.9.9.tgz",
      "?? package.json",
    ]);
  });

  test("a lock file that versions would write", async () => {
    expect((await init()).status).toBe(0);
    const file = join(folder, "golden-images", "factory.yaml");
    expect(await factory("versions", "--config", file)).toEqual({
      status: 0,
      stdout: `${join(folder, "golden-images", "factory.lock.json")} is up to date\n`,
      stderr: "",
    });
  });

  test("an app account, several Regions and the roles and workflows for GitHub", async () => {
    const { status, stderr } = await init({
      ...REQUIRED,
      regions: "eu-west-1, us-east-1",
      "app-account": "payments",
      "app-account-id": "222222222222",
      github: "acme/golden-images",
    });
    expect([status, stderr]).toEqual([0, ""]);
    const file = parse(written("factory.yaml"));
    expect(file.ci).toEqual({ github: { repository: "acme/golden-images" } });
    expect(file.sharedAccount.regions).toEqual({ "eu-west-1": {}, "us-east-1": {} });
    expect(file.appAccounts).toEqual({
      payments: {
        id: "222222222222",
        regions: { "eu-west-1": {}, "us-east-1": {} },
        images: {
          "payments-server": {
            parent: { golden: "amazon-linux-2023" },
            version: "1.0",
            components: [{ awsManaged: "update-linux" }],
          },
        },
      },
    });
    expect(readdirSync(join(folder, "golden-images", ".github", "workflows")).sort()).toEqual([
      "catalogue.yml",
      "check.yml",
      "deploy.yml",
      "plan.yml",
      "plans.yml",
    ]);
  });

  test("a Windows image with the components for Windows, and state in HCP Terraform", async () => {
    const { status, stderr } = await init({
      ...without(REQUIRED, "state-bucket"),
      "hcp-organization": "acme",
      parent: "windows-server-2025-english-full-base-x86",
      image: "windows-2025",
    });
    expect([status, stderr]).toEqual([0, ""]);
    const file = parse(written("factory.yaml"));
    expect(file.state).toEqual({ backend: "cloud", organization: "acme" });
    expect(file.images["windows-2025"].components).toEqual([
      { awsManaged: "update-windows" },
      { document: "components/hardening-windows.yaml" },
    ]);
  });

  test("names that YAML would read as something else in quotes", async () => {
    expect((await init({ ...REQUIRED, image: "2023", channel: "true" })).status).toBe(0);
    expect(written("factory.yaml")).toContain('\n  "2023":\n');
    expect(written("factory.yaml")).toContain('\n        "true": { principals:');
  });

  test("into an empty folder, and into a new clone of an empty repository", async () => {
    for (const name of ["empty", "clone"]) {
      mkdirSync(join(folder, name));
      if (name === "clone") execFileSync("git", ["init", "-q"], { cwd: join(folder, name) });
      const args = [...allArguments(REQUIRED, name), "--package", tarball];
      const { status, stderr } = await factory(...args, "--no-install", "--yes");
      expect([status, stderr]).toEqual([0, ""]);
      expect(existsSync(join(folder, name, "factory.yaml"))).toBe(true);
    }
    expect(readdirSync(folder).sort()).toEqual([
      "clone",
      "empty",
      "golden-image-factory-9.9.9.tgz",
    ]);
  });

  test("into an empty folder without writing to its parent", async () => {
    const parent = join(folder, "parent");
    mkdirSync(join(parent, "empty"), { recursive: true });
    utimesSync(parent, 0, 0);
    const args = ["init", join(parent, "empty"), ...optionsOf(REQUIRED), "--package", tarball];
    expect((await factory(...args, "--no-install", "--yes")).status).toBe(0);
    expect(statSync(parent).mtimeMs).toBe(0);
    expect(readdirSync(join(parent, "empty"))).not.toContainEqual(
      expect.stringContaining("factory-init"),
    );
  });

  test("into the working directory", async () => {
    const cwd = join(folder, "here");
    mkdirSync(cwd);
    const args = ["init", ".", ...optionsOf(REQUIRED), "--package", tarball];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [COMMAND, ...args, "--no-install", "--yes"],
      { cwd, encoding: "utf8" },
    );
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(
      "Then:\n  npm install --ignore-scripts\n  npx --no factory plan --account shared\n",
    );
    expect(JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")).name).toBe("here");
  });

  test("the result as JSON with --json", async () => {
    const args = [...allArguments(REQUIRED), "--package", tarball, "--no-install"];
    const { status, stdout, stderr } = await factory(...args, "--yes", "--json");
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      folder: join(folder, "golden-images"),
      stacks: ["state-shared", "shared-eu-west-1"],
      cost: { usd: expect.any(Number) },
      next: expect.arrayContaining([
        "npx --no factory plan --account shared",
        "npx --no factory apply --account shared",
      ]),
    });
  });

  test("a repository without Git where Git isn't installed", async () => {
    const { status, stdout, stderr } = await runInProcess(quickArguments(), { PATH: "/nowhere" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(
      "\n  shared-eu-west-1\nGit isn't installed, so the folder isn't a Git repository\n\n",
    );
    expect(existsSync(join(folder, "golden-images", ".git"))).toBe(false);
  });

  test("no second Git repository inside of one", async () => {
    execFileSync("git", ["init", "-q"], { cwd: folder });
    expect((await init()).status).toBe(0);
    expect(existsSync(join(folder, "golden-images", ".git"))).toBe(false);
  });

  test("the URL of a package as the dependency", async () => {
    const url = "https://example.com/golden-image-factory-9.9.9.tgz";
    const args = [...allArguments(REQUIRED), "--package", url, "--no-install", "--yes"];
    expect((await factory(...args)).status).toBe(0);
    expect(JSON.parse(written("package.json")).dependencies).toEqual({
      "golden-image-factory": url,
    });
  });
});

describe("factory init rejects", () => {
  test.each([
    ["a folder that isn't empty", "folder", "because nothing is overwritten, got: "],
    ["a file", "file", "got a file: "],
  ])("%s as DIR, in one line", async (_, kind, message) => {
    const dir = join(folder, "golden-images");
    if (kind === "file") writeFileSync(dir, "");
    else mkdirSync(join(dir, "src"), { recursive: true });
    expect(await init()).toEqual(
      failure(`DIR: must be a new or an empty folder, ${message}${dir}`),
    );
  });

  test("missing options with --yes, all in one error", async () => {
    expect(await init(without(REQUIRED, "organization", "state-bucket", "channel"))).toEqual(
      failure(
        "--yes asks no questions: also pass --organization, --state-bucket or --hcp-organization, --channel",
      ),
    );
    expect(await init({ ...REQUIRED, "app-account": "payments" })).toEqual(
      failure("--yes asks no questions: also pass --app-account-id"),
    );
    expectNothingWritten();
  });

  test("missing options where it can't ask", async () => {
    expect(await factory(...allArguments(without(REQUIRED, "image")))).toEqual(
      failure("stdin is not a terminal: also pass --image"),
    );
  });

  test("invalid options with the messages of the factory file, all in one error", async () => {
    const given = {
      organization: "acme",
      "management-account": "12",
      "shared-account": "1111-1111-1111",
      regions: "eu-west-1,eu-west-l",
      "state-bucket": "acme-tfstate",
      "hcp-organization": "acme!",
      parent: "amazon-linux-2023",
      image: "Amazon_Linux",
      channel: "-",
      "app-account": "Payments",
      "app-account-id": "payments",
      github: "golden-images",
    };
    expect(await init(given)).toEqual(
      failure(`--organization: must be an organization ID such as o-abcdefghij, got: "acme"
--management-account: must be an account ID of 12 digits, got: "12"
--shared-account: must be an account ID of 12 digits, got: "1111-1111-1111"
--regions: must be a Region such as eu-west-1, did you mean 'eu-west-1'?, got: "eu-west-l"
--state-bucket: must contain {account}, because each account has its own bucket, got: "acme-tfstate"
--hcp-organization: must be an HCP Terraform organization, got: "acme!"
--parent: must be the name of an AWS-managed image for Linux or Windows, such as amazon-linux-2023-x86, got: "amazon-linux-2023"
--image: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "Amazon_Linux"
--channel: must be a name of lower-case letters and digits with single hyphens between them, got: "-"
--app-account: must be a name of lower-case letters and digits with single hyphens between them, got: "Payments"
--app-account-id: must be an account ID of 12 digits, got: "payments"
--github: must be OWNER/NAME such as acme/golden-images, or OWNER@ID/NAME@ID with the numeric IDs of GitHub such as acme@1234/golden-images@5678, got: "golden-images"
--state-bucket: can't be used together with --hcp-organization
--github: can't be used together with --hcp-organization`),
    );
  });

  test("answers that don't go together, and leaves nothing behind", async () => {
    const given = { ...REQUIRED, "app-account": "payments", "app-account-id": "111111111111" };
    expect(await init(given)).toEqual(
      failure(`factory.yaml has 1 problem:
  factory.yaml:28:9 appAccounts.payments.id: is already the ID of sharedAccount, got: "111111111111" [account-id-unique]`),
    );
    expectNothingWritten();
  });

  test("a package that isn't a tarball", async () => {
    const args = [...allArguments(REQUIRED), "--package", "nowhere.tgz", "--yes"];
    expect(await factory(...args)).toEqual(
      failure(
        '--package: must be an existing .tgz file, or a URL that starts with https://, got: "nowhere.tgz"',
      ),
    );
  });

  test("a package that npm can't install, and leaves nothing behind", async () => {
    const { status, stdout, stderr } = await factory(
      ...allArguments(REQUIRED),
      "--package",
      tarball,
      "--yes",
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^running npm install .*\nnpm install failed, so nothing was written: /);
    expect(stderr).toMatch(/\n--no-install leaves it out\n$/);
    expectNothingWritten();
  });

  test("to pack itself where npm isn't installed", async () => {
    const args = [...allArguments(REQUIRED), "--no-install", "--yes"];
    expect(await runInProcess(args, { PATH: "/nowhere" })).toEqual(
      failure(
        "the package can't be packed with `npm pack`: spawnSync npm ENOENT. Pass its tarball with --package",
      ),
    );
    expectNothingWritten();
  });
});

describe("factory init leaves nothing behind", () => {
  /** Returns an environment whose npm runs `script`. */
  function withNpm(script: string): NodeJS.ProcessEnv {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
  }

  function installing(dir: string): string[] {
    return ["init", join(folder, dir), ...optionsOf(REQUIRED), "--package", tarball, "--yes"];
  }

  /** An npm that starts a process, and whose processes write again and again where they run. */
  const WRITES_ON = `(trap "" HUP INT QUIT TERM; while :; do mkdir -p "$PWD/a/b"; sleep 0.02; done) &
while :; do mkdir -p "$PWD/c"; sleep 0.02; done`;

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)(
    "when %s stops it, and ends npm and its processes before",
    async (signal) => {
      const pid = join(folder, "pid");
      const env = withNpm(`echo $$ >"${pid}"\n${WRITES_ON}`);
      const child = spawn(process.execPath, [COMMAND, ...installing("new/golden-images")], { env });
      // The command can end before a test waits for that.
      const exit = once(child, "exit");
      while (!existsSync(pid) || readFileSync(pid, "utf8") === "") await sleep(20);
      child.kill(signal);
      const [status] = await exit;
      expect(status).toBe(130);
      // A process that still ran would write its folder again.
      await sleep(200);
      expect(readdirSync(folder).sort()).toEqual(["bin", "golden-image-factory-9.9.9.tgz", "pid"]);
    },
  );

  test("when npm fails, except for what others wrote to a parent folder meanwhile", async () => {
    const env = withNpm("echo mine >../notes.txt; exit 1");
    expect((await runInProcess(installing("new/deep/golden-images"), env)).status).toBe(1);
    expect(readdirSync(join(folder, "new"), { recursive: true }).sort()).toEqual([
      "deep",
      "deep/notes.txt",
    ]);
  });

  test("in an existing folder that stays, when npm fails", async () => {
    mkdirSync(join(folder, "empty"));
    expect((await runInProcess(installing("empty"), withNpm("exit 1"))).status).toBe(1);
    expect(readdirSync(join(folder, "empty"))).toEqual([]);
  });
});

describe("factory init --from-aws", () => {
  let server: Server;
  let answer: (call: string) => readonly [status: number, body: string];
  const calls: IncomingMessage[] = [];

  const CALLER = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/admin/me</Arn><UserId>AROA:me</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const ORGANIZATION = { Id: "o-abcdefghij", MasterAccountId: "999999999999" };

  beforeAll(async () => {
    server = await startServer((request, response) => {
      calls.push(request);
      const target = request.headers["x-amz-target"];
      const [status, body] = answer(typeof target === "string" ? target : "sts");
      request.resume().on("end", () => response.writeHead(status).end(body));
    });
  });
  afterAll(() => stopServer(server));
  beforeEach(() => {
    calls.length = 0;
  });

  function initFromAws(given: Given): Promise<Result> {
    return runInProcess([...quickArguments(given), "--from-aws"], {
      ...process.env,
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_ENDPOINT_URL: serverUrl(server),
      AWS_MAX_ATTEMPTS: "1",
    });
  }

  const others = without(REQUIRED, ...Object.keys(ACCOUNTS));

  test("reads the organization and the account with the current credentials", async () => {
    answer = (call) =>
      call === "sts" ? [200, CALLER] : [200, JSON.stringify({ Organization: ORGANIZATION })];
    const { status, stderr } = await initFromAws(others);
    expect([status, stderr]).toEqual([0, ""]);
    expect(parse(written("factory.yaml"))).toMatchObject({
      organization: { id: "o-abcdefghij", managementAccountId: "999999999999" },
      sharedAccount: { id: "111111111111" },
    });
    expect(calls.map(({ headers }) => headers["x-amz-target"])).toEqual([
      undefined,
      "AWSOrganizationsV20161128.DescribeOrganization",
    ]);
    expect(calls.at(-1)?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\/organizations\/aws4_request, SignedHeaders=/,
    );
  });

  test("prefers options to what AWS answers", async () => {
    answer = (call) =>
      call === "sts" ? [200, CALLER] : [200, JSON.stringify({ Organization: ORGANIZATION })];
    const { status } = await initFromAws({ ...others, "shared-account": "333333333333" });
    expect(status).toBe(0);
    expect(parse(written("factory.yaml")).sharedAccount.id).toBe("333333333333");
  });

  test.each([
    [
      "isn't allowed to read the organization",
      "AccessDeniedException",
      "You don't have permissions to access this resource.",
    ],
    [
      "is in no organization",
      "AWSOrganizationsNotInUseException",
      "Your account is not a member of an organization.",
    ],
  ])("explains in one line that the account %s", async (_, type, message) => {
    answer = (call) =>
      call === "sts" ? [200, CALLER] : [400, JSON.stringify({ __type: type, Message: message })];
    expect(await initFromAws(others)).toEqual(
      failure(
        `--from-aws: the organization and the account can't be read: ${type}: ${message.replace(/\.$/, "")}. Use credentials of the shared account that allow organizations:DescribeOrganization, or pass --organization, --management-account and --shared-account instead`,
      ),
    );
    expectNothingWritten();
  });

  test("explains in one line that the credentials are invalid", async () => {
    answer = () => [
      403,
      "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid</Message></Error></ErrorResponse>",
    ];
    expect(await initFromAws(others)).toEqual(
      failure(
        "--from-aws: the organization and the account can't be read: InvalidClientTokenId: The security token included in the request is invalid. Use credentials of the shared account that allow organizations:DescribeOrganization, or pass --organization, --management-account and --shared-account instead",
      ),
    );
  });
});
