import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateComponentCommand,
  ImagebuilderClient,
  ListComponentsCommand,
  ListContainerRecipesCommand,
  ListImageRecipesCommand,
  ListImagesCommand,
  ListWorkflowsCommand,
} from "@aws-sdk/client-imagebuilder";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { stringify } from "yaml";
import { versions } from "../../../cli/authoring/versions";
import { loadFactory } from "../../../config/load";
import { EMPTY_LOCK_FILE, lockFilePath, renderLockFile } from "../../../config/versions/lock-file";
import { issueVersions } from "../../../config/versions/next-versions";
import {
  DOCUMENT,
  inFolder,
  minimalContainer,
  minimalFactory,
  type Raw,
  validate,
  WORKFLOW,
} from "../../../tools/fixtures/factory-file";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "../day-two/shared-account";

const SHARED = "111111111111";
const PAYMENTS = "222222222222";
const APP_ROLE = `arn:aws:iam::${PAYMENTS}:role/terraform`;

const LISTS = {
  component: [ListComponentsCommand, "componentVersionList"],
  "image-recipe": [ListImageRecipesCommand, "imageRecipeSummaryList"],
  "container-recipe": [ListContainerRecipesCommand, "containerRecipeSummaryList"],
  workflow: [ListWorkflowsCommand, "workflowVersionList"],
  image: [ListImagesCommand, "imageVersionList"],
} as const;

const sts = mockClient(STSClient);
const imageBuilder = mockClient(ImagebuilderClient);
const folder = mkdtempSync(join(tmpdir(), "from-aws-"));
const path = join(folder, "factory.yaml");
const lockFile = lockFilePath(path);

/** The lists that were requested, by kind. */
const requests: [string, object][] = [];

/** A factory with an app account that Terraform reaches with a role. */
function factoryFile(change: (file: Raw) => unknown = () => undefined): Raw {
  const file = minimalFactory();
  file.appAccounts.payments.deployRole = "terraform";
  change(file);
  return file;
}

/** Writes a factory file with its documents, and no version lock file. */
function writeFactory(file: Raw = factoryFile()): void {
  writeFileSync(path, stringify(file));
  writeFileSync(join(folder, "agent.yaml"), DOCUMENT);
  writeFileSync(join(folder, "gate.yaml"), WORKFLOW);
  rmSync(lockFile, { force: true });
}

/** Writes the version lock file of a factory that starts with these versions. */
function writeLockFile(recipes: Readonly<Record<string, readonly string[]>> = {}): void {
  const { value } = validate(factoryFile());
  if (!value) throw new Error("the factory file is invalid");
  const { lockFile: issued } = issueVersions(EMPTY_LOCK_FILE, value);
  const raised = Object.entries(recipes).map(([name, all]) => [
    name,
    { ...issued.recipes[name], versions: [...all] },
  ]);
  writeFileSync(
    lockFile,
    renderLockFile({ ...issued, recipes: { ...issued.recipes, ...Object.fromEntries(raised) } }),
  );
}

/** Makes AWS have these resources, given as `ACCOUNT REGION KIND/NAME/VERSION`. A page has two. */
function provide(...resources: string[]): void {
  for (const [kind, [Command, member]] of Object.entries(LISTS)) {
    imageBuilder.on(Command as typeof ListComponentsCommand).callsFake(async (input, getClient) => {
      requests.push([kind, { ...input }]);
      const { config } = getClient();
      const { accessKeyId } = await config.credentials();
      const at = `${accessKeyId} ${await config.region()} ${kind}/`;
      const all = resources
        .filter((resource) => resource.startsWith(at))
        .map((resource) => ({ arn: arnOf(resource) }));
      const start = Number(input.nextToken ?? 0);
      const end = start + 2;
      return {
        [member]: all.slice(start, end),
        ...(end < all.length && { nextToken: String(end) }),
      };
    });
  }
}

function arnOf(resource: string): string {
  const [account, region, rest] = resource.split(" ");
  return `arn:aws:imagebuilder:${region}:${account}:${rest}`;
}

/** Makes the caller's credentials those of an account. */
function callAs(account: string): void {
  sts.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: account });
  sts.on(AssumeRoleCommand).callsFake(({ RoleArn }) => ({
    Credentials: { AccessKeyId: RoleArn.split(":")[4], SecretAccessKey: "x", SessionToken: "x" },
  }));
}

async function run(options: { readonly check?: boolean; readonly profiles?: string } = {}) {
  const result = await versions({ config: path, check: false, fromAws: true, ...options });
  return { ...result, text: result.text && inFolder(path, result.text) };
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error) => inFolder(path, error.message),
  );
}

beforeEach(() => {
  process.env["AWS_ACCESS_KEY_ID"] = SHARED;
  process.env["AWS_SECRET_ACCESS_KEY"] = "x";
  imageBuilder.reset();
  requests.length = 0;
  callAs(SHARED);
  provide();
  writeFactory();
});
afterAll(() => rmSync(folder, { recursive: true }));

test("versions --from-aws issues versions above the highest of all pages, accounts and Regions", async () => {
  writeFactory(
    factoryFile((f) => {
      f.sharedAccount.regions["us-east-1"] = {};
      f.containers = { runtime: minimalContainer() };
      f.images.base.workflows = { tests: [{ document: "gate.yaml" }] };
    }),
  );
  provide(
    `${SHARED} eu-west-1 component/agent/1.0.0`,
    `${SHARED} eu-west-1 component/agent/1.0.9`,
    `${SHARED} eu-west-1 component/agent/1.0.10`,
    `${SHARED} us-east-1 component/agent/1.0.3`,
    `${PAYMENTS} eu-west-1 component/agent/1.0.11/1`,
    `${SHARED} eu-west-1 image-recipe/base/1.0.1`,
    `${SHARED} us-east-1 image-recipe/base/1.0.2`,
    // The recipe of a destroyed stack is gone, its images aren't.
    `${SHARED} us-east-1 image/base/1.0.7`,
    `${PAYMENTS} eu-west-1 image-recipe/payments-web/1.0.4`,
    // The same name in another account belongs to another recipe.
    `${PAYMENTS} eu-west-1 image-recipe/base/1.0.40`,
    `${SHARED} eu-west-1 container-recipe/runtime/1.0.2`,
    `${SHARED} eu-west-1 workflow/test/base--gate/1.0.5/1`,
    // Not used by the factory.
    `${SHARED} eu-west-1 workflow/build/base--gate/1.0.6/1`,
    `${SHARED} eu-west-1 component/other/7.0.0`,
    `${SHARED} eu-west-1 image-recipe/other/7.0.0`,
    `${SHARED} eu-west-1 workflow/test/gate/7.0.0`,
  );
  const { text } = await run();
  expect(text).toBe(`in AWS     name                   lock file  version  account   Region
component  agent                  -          1.0.11   payments  eu-west-1
recipe     payments/payments-web  -          1.0.4    payments  eu-west-1
recipe     shared/base            -          1.0.7    shared    us-east-1
recipe     shared/runtime         -          1.0.2    shared    eu-west-1
workflow   test:gate              -          1.0.5    shared    eu-west-1

           name                   from    to      what changed
component  agent                  1.0.11  1.0.12  re-added
recipe     payments/payments-web  1.0.4   1.0.5   re-added
recipe     shared/base            1.0.7   1.0.8   re-added
recipe     shared/runtime         1.0.2   1.0.3   re-added
recipe     shared/web             -       1.0.0   new
workflow   test:gate              1.0.5   1.0.6   re-added

commit factory.lock.json`);
  expect(loadFactory(path).lockFile.components["agent"]?.versions).toEqual(["1.0.12"]);
});

test("versions --from-aws requests only lists of what each account owns, deprecated images included", async () => {
  provide(...["1", "2", "3"].map((patch) => `${SHARED} eu-west-1 component/agent/1.0.${patch}`));
  await run();
  const own = { owner: "Self" };
  const images = { ...own, includeDeprecated: true };
  expect(requests).toEqual([
    ["component", own],
    ["component", { ...own, nextToken: "2" }],
    ["image-recipe", own],
    ["container-recipe", own],
    ["workflow", own],
    ["image", images],
    // The app account.
    ["component", own],
    ["image-recipe", own],
    ["container-recipe", own],
    ["workflow", own],
    ["image", images],
  ]);
});

test("versions --from-aws assumes the deploy role of another account, in a session that only lists", async () => {
  await run();
  expect(sts.commandCalls(AssumeRoleCommand).map(({ args: [{ input }] }) => input)).toEqual([
    {
      RoleArn: APP_ROLE,
      RoleSessionName: "golden-image-factory-versions",
      DurationSeconds: 900,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "imagebuilder:List*", Resource: "*" }],
      }),
    },
  ]);
});

test("versions --from-aws writes nothing if an account or a Region can't be read, and lists each", async () => {
  writeFactory(
    factoryFile((f) => {
      f.sharedAccount.regions["us-east-1"] = {};
      delete f.appAccounts.payments.deployRole;
      f.appAccounts.orders = {
        id: "333333333333",
        deployRole: "terraform",
        autoScaling: true,
        regions: { "eu-west-1": {} },
      };
    }),
  );
  const denied = Object.assign(new Error("no permission"), { name: "AccessDeniedException" });
  sts.on(AssumeRoleCommand).rejects(denied);
  imageBuilder.on(ListWorkflowsCommand).callsFake(async (_input, getClient) => {
    if ((await getClient().config.region()) === "us-east-1") throw denied;
    return {};
  });
  expect(await messageOf(run())).toBe(`AWS can't be read completely, so nothing was written:
  shared (${SHARED}) in us-east-1: AccessDeniedException: no permission
  payments (${PAYMENTS}): the credentials are those of account ${SHARED}. Pass a profile of the account with --profiles payments=PROFILE
  orders (333333333333): AccessDeniedException: no permission`);
  expect(() => readFileSync(lockFile)).toThrow("ENOENT");
});

test("versions --from-aws uses the profile of each account", async () => {
  const file = join(folder, "credentials");
  writeFileSync(
    file,
    [SHARED, PAYMENTS]
      .map((id) => `[p${id}]\naws_access_key_id=${id}\naws_secret_access_key=x\n`)
      .join(""),
  );
  process.env["AWS_SHARED_CREDENTIALS_FILE"] = file;
  delete process.env["AWS_ACCESS_KEY_ID"];
  sts.on(GetCallerIdentityCommand).callsFake(async (_input, getClient) => ({
    Account: (await getClient().config.credentials()).accessKeyId,
  }));
  provide(
    `${SHARED} eu-west-1 component/agent/1.0.3`,
    `${PAYMENTS} eu-west-1 image-recipe/payments-web/1.0.4`,
  );
  try {
    await run({ profiles: `shared=p${SHARED},payments=p${PAYMENTS}` });
  } finally {
    delete process.env["AWS_SHARED_CREDENTIALS_FILE"];
  }
  expect(sts.commandCalls(AssumeRoleCommand)).toEqual([]);
  const { components, recipes } = loadFactory(path).lockFile;
  expect(components["agent"]?.versions).toEqual(["1.0.4"]);
  expect(recipes["payments/payments-web"]?.versions).toEqual(["1.0.5"]);
});

test.each(["golden", "shared=", "orders=x", ""])(
  "versions --from-aws rejects --profiles %p",
  async (profiles) => {
    expect(await messageOf(run({ profiles }))).toBe(
      `--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (shared, payments), got: ${profiles}`,
    );
  },
);

test("versions --from-aws issues the first versions if AWS has none", async () => {
  const { text } = await run();
  expect(text).toBe(`AWS has no higher versions

           name                   from  to     what changed
component  agent                  -     1.0.0  new
recipe     payments/payments-web  -     1.0.0  new
recipe     shared/base            -     1.0.0  new
recipe     shared/web             -     1.0.0  new

commit factory.lock.json`);
});

test("versions --from-aws raises an entry only if AWS has a higher version", async () => {
  writeLockFile({ "shared/base": ["1.0.5"], "shared/web": ["1.0.5"] });
  provide(
    `${SHARED} eu-west-1 image-recipe/base/1.0.5`,
    `${SHARED} eu-west-1 image-recipe/base/0.9.8`,
    `${SHARED} eu-west-1 image-recipe/web/1.0.6`,
    `${PAYMENTS} eu-west-1 image-recipe/payments-web/1.0.0`,
  );
  const { text } = await run();
  expect(text).toBe(`in AWS  name        lock file  version  account  Region
recipe  shared/web  1.0.5      1.0.6    shared   eu-west-1

        name        from   to     what changed
recipe  shared/web  1.0.6  1.0.7  re-added

commit factory.lock.json`);
  const { recipes } = loadFactory(path).lockFile;
  expect(recipes["shared/base"]?.versions).toEqual(["1.0.5"]);
  expect(recipes["payments/payments-web"]?.versions).toEqual(["1.0.0"]);
  expect((await run()).text).toBe(`AWS has no higher versions\n\nfactory.lock.json is up to date`);
});

test("versions --from-aws also raises entries that the factory file no longer uses, so that they don't collide when they are added again", async () => {
  writeLockFile();
  writeFactory(factoryFile((f) => delete f.images.web));
  writeLockFile();
  provide(`${SHARED} eu-west-1 image-recipe/web/1.0.6`);
  await run();
  expect(loadFactory(path).lockFile.recipes["shared/web"]).toEqual({ versions: ["1.0.6"] });
});

test("versions --from-aws rejects a version below that of existing images and writes nothing, and continues above them once it is raised", async () => {
  provide(
    `${SHARED} eu-west-1 image-recipe/base/3.2.1`,
    `${SHARED} eu-west-1 image-recipe/base/1.0.4`,
  );
  expect(await messageOf(run())).toBe(`factory.yaml has 1 problem:
  factory.yaml:17:14 images.base.version: must not be lower than 3.2.1, the highest version issued so far: x.x.x resolves to the highest version, so consumers would keep the older image, got: "1.0" [version-not-lowered]`);
  expect(() => readFileSync(lockFile)).toThrow("ENOENT");
  for (const [version, issued] of [
    ["3.2", ["3.2.2"]],
    ["3.3", ["3.2.1", "3.3.0"]],
    ["4.0", ["3.2.1", "4.0.0"]],
  ]) {
    writeFactory(factoryFile((f) => (f.images.base.version = version)));
    await run();
    expect(loadFactory(path).lockFile.recipes["shared/base"]?.versions).toEqual(issued);
  }
});

test.each([
  ["2.3.4", ["2.3.5"]],
  ["0.9.4", ["0.9.4", "1.0.0"]],
  ["2021.01.07", ["2021.1.8"]],
  ["1.0.20261128", ["1.0.20261129"]],
])(
  "versions --from-aws issues a version above %s of an existing component",
  async (version, issued) => {
    provide(`${SHARED} eu-west-1 component/agent/${version}`);
    await run();
    const text = readFileSync(lockFile, "utf8");
    expect(loadFactory(path).lockFile.components["agent"]?.versions).toEqual(issued);
    // The next run has nothing to do.
    expect((await versions({ config: path, check: false, fromAws: false })).text).toBe(
      `${lockFile} is up to date`,
    );
    expect(readFileSync(lockFile, "utf8")).toBe(text);
  },
);

test("versions --check --from-aws reports versions in AWS that the lock file lacks, and writes nothing", async () => {
  writeLockFile({ "shared/base": ["1.0.5"] });
  const before = readFileSync(lockFile, "utf8");
  provide(`${SHARED} eu-west-1 image-recipe/base/1.0.5`);
  expect((await run({ check: true })).text).toBe("factory.lock.json is up to date");
  provide(
    `${SHARED} eu-west-1 image-recipe/base/1.0.6`,
    `${SHARED} eu-west-1 component/agent/1.0.1`,
  );
  expect(await messageOf(run({ check: true }))).toBe(
    `factory.lock.json has lower versions than in AWS: run \`npx --no factory versions --from-aws\` and commit it
  'agent' has version 1.0.0, but 1.0.1 was issued
  'shared/base' has version 1.0.5, but 1.0.6 was issued`,
  );
  expect(readFileSync(lockFile, "utf8")).toBe(before);
});

test("the bundled command seeds a lost lock file from the accounts of the local AWS", async () => {
  imageBuilder.restore();
  sts.restore();
  const account = await SharedAccount.start(undefined, (f) => {
    f.appAccounts.payments.deployRole = "terraform";
  });
  try {
    await account.build();
    const { imageBuilder: payments } = account.factory.as("payments");
    const document = { semanticVersion: "1.0.4", platform: "Linux", data: DOCUMENT } as const;
    await payments.send(new CreateComponentCommand({ name: "Agent", ...document }));
    const { stdout, ...result } = await account.run(["versions", "--from-aws"]);
    expect({ ...result, stdout: stdout.replace(/\S+\/(?=factory\.lock)/, "") }).toEqual({
      status: 0,
      stdout: `in AWS     name         lock file  version  account   Region
component  agent        -          1.0.4    payments  eu-west-1
recipe     shared/base  -          1.0.0    shared    eu-west-1

           name                   from   to     what changed
component  agent                  1.0.4  1.0.5  re-added
recipe     payments/payments-web  -      1.0.0  new
recipe     shared/base            1.0.0  1.0.1  re-added
recipe     shared/web             -      1.0.0  new

commit factory.lock.json
`,
      stderr: "",
    });
    account.factory.aws.emulator.fail(
      "ListImages",
      new Fault("AccessDeniedException", "not allowed", 403),
    );
    expect(await account.run(["versions", "--check", "--from-aws"])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "AWS can't be read completely, so nothing was written:\n  shared (111111111111) in eu-west-1: AccessDeniedException: not allowed\n",
    });
  } finally {
    account.stop();
  }
});
