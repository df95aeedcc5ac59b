/**
 * The way of a new user: a repository that `factory init` writes from the package's tarball,
 * outside of this repository, and whose shared account is deployed to a local AWS with the real
 * Terraform.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LocalAws } from "../../tools/local-aws/local-aws";
import { Moto } from "../../tools/local-aws/moto/moto";
import { requireTools } from "../../tools/local-aws/moto/required-tools";
import { usePathStyle } from "../../tools/local-aws/terraform/terraform";

const execute = promisify(execFile);

const SHARED = "111111111111";
const ORGANIZATION = "o-abcdefghij";

/** The answers of a new user. The app account is deployed by other tests. */
const ANSWERS = {
  organization: ORGANIZATION,
  "management-account": "999999999999",
  "shared-account": SHARED,
  regions: "eu-west-1",
  "state-bucket": "acme-{account}",
  parent: "amazon-linux-2023-x86",
  image: "amazon-linux-2023",
  channel: "stable",
  "app-account": "payments",
  "app-account-id": "222222222222",
};

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("a repository of factory init on a local AWS", () => {
  let folder: string;
  let repository: string;
  let moto: Moto;
  let local: LocalAws;
  let env: NodeJS.ProcessEnv;
  let key: string;

  beforeAll(async () => {
    requireTools();
    folder = mkdtempSync(join(tmpdir(), "installed-factory-"));
    repository = join(folder, "golden-images");
    moto = await Moto.start(join(folder, "moto.log"));
    // Terraform invokes the updater after it has written the manifest. Other tests run it.
    moto.invoke = async () => ({ log: [] });
    local = await LocalAws.start({
      organization: { id: ORGANIZATION, units: { [SHARED]: [] } },
      accountOf: (accessKey) => moto.accountOf(accessKey),
      publish: async () => undefined,
    });
    const { PATH, HOME, TF_CLI_CONFIG_FILE, GOGC } = process.env;
    const credentials = await moto.credentialsOf(SHARED);
    key = credentials.AWS_ACCESS_KEY_ID;
    env = {
      PATH,
      HOME,
      ...(TF_CLI_CONFIG_FILE && { TF_CLI_CONFIG_FILE }),
      ...(GOGC && { GOGC }),
      CHECKPOINT_DISABLE: "1",
      npm_config_cache: join(folder, "cache"),
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
      ...credentials,
      ...moto.environment,
      ...local.emulator.environment,
    };
  });

  afterAll(() => {
    local?.stop();
    moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Asynchronous, because the emulators in this process must answer. */
  async function run(cwd: string, command: string, ...args: string[]): Promise<Result> {
    const options = { cwd, env, maxBuffer: 2 ** 26 };
    try {
      return { code: 0, ...(await execute(command, args, options)) };
    } catch (error) {
      return error as Result & Error;
    }
  }

  /** Runs the command that is installed in the repository. */
  async function factory(...args: string[]): Promise<Result> {
    const command = join(repository, "node_modules", "golden-image-factory", "dist", "factory.js");
    return run(repository, process.execPath, command, ...args);
  }

  async function createRepository(): Promise<Result> {
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const [{ filename }] = JSON.parse((await execute("npm", pack)).stdout);
    const options = Object.entries(ANSWERS).flatMap(([name, value]) => [`--${name}`, value]);
    const npx = ["--yes", `--package=${join(folder, filename)}`, "golden-image-factory"];
    return run(folder, "npx", ...npx, "init", "golden-images", "--yes", ...options);
  }

  test("is valid, and its shared account is planned and applied with its state bucket", async () => {
    const created = await createRepository();
    expect([created.stderr, created.code]).toEqual([
      "running npm install --ignore-scripts --no-audit --no-fund\n",
      0,
    ]);
    for (const command of ["check", "versions", "synth", "diagram"])
      expect(await factory(command)).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(repository, "factory.svg"), "utf8")).toContain("payments-server");

    const stackFolders = ["state-shared", "shared-eu-west-1"].map((stack) =>
      join(repository, "cdktf.out", "stacks", stack),
    );
    for (const stackFolder of stackFolders) await usePathStyle(stackFolder, env);

    const applied = await factory("apply", "--account", "shared", "--yes");
    expect([applied.stderr, applied.code]).toEqual(["", 0]);
    expect(applied.stdout).toMatch(/\nstate-shared +applied\nshared-eu-west-1 +applied\n$/);
    expect((await moto.objects(key, `acme-${SHARED}`)).sort()).toEqual([
      "golden-image-factory/shared-eu-west-1.tfstate",
      "golden-image-factory/state-shared.tfstate",
    ]);
    expect(existsSync(join(repository, "terraform.state-shared.tfstate"))).toBe(false);

    for (const stackFolder of stackFolders)
      expect((await run(stackFolder, "terraform", "validate", "-json")).stdout).toContain(
        '"valid": true',
      );

    const again = await factory("plan", "--account", "shared", "--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).stacks).toMatchObject([
      { stack: "state-shared", account: "shared", accountId: SHARED, result: "no changes" },
      { stack: "shared-eu-west-1", region: "eu-west-1", result: "no changes" },
    ]);
  });
});
