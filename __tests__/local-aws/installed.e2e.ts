/**
 * The package in a repository without the sources: packed, installed outside this repository, and
 * used to deploy a shared account on a local AWS with the real Terraform.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LocalAws } from "../../tools/local-aws/local-aws";
import { Moto, requireTools } from "../../tools/local-aws/moto";
import { usePathStyle } from "../../tools/local-aws/terraform";

const execute = promisify(execFile);

const SHARED = "111111111111";

const FACTORY = `organization: { id: o-abcdefghij, managementAccountId: "999999999999" }
state: { backend: s3, bucket: "acme-{account}", region: eu-west-1 }
sharedAccount: { id: "${SHARED}", regions: { eu-west-1: {} } }
images:
  base:
    platform: Linux
    parent: { awsManaged: amazon-linux-2023-x86 }
    version: "1.0"
    components: [{ document: node_modules/golden-image-factory/components/linux/tomcat-linux.yaml }]
    share: { channels: { stable: { principals: { organization: true } } } }
`;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("an installed factory on a local AWS", () => {
  let folder: string;
  let moto: Moto;
  let local: LocalAws;
  let env: NodeJS.ProcessEnv;
  let key: string;

  beforeAll(async () => {
    requireTools();
    folder = mkdtempSync(join(tmpdir(), "installed-factory-"));
    moto = await Moto.start(join(folder, "moto.log"));
    // Terraform invokes the updater after it has written the manifest. Other tests run it.
    moto.invoke = async () => ({ log: [] });
    local = await LocalAws.start({
      organization: { id: "o-abcdefghij", units: { [SHARED]: [] } },
      accountOf: (accessKey) => moto.accountOf(accessKey),
      publish: async () => undefined,
    });
    const { PATH, HOME, TF_CLI_CONFIG_FILE } = process.env;
    const credentials = await moto.credentialsOf(SHARED);
    key = credentials.AWS_ACCESS_KEY_ID;
    env = {
      PATH,
      HOME,
      ...(TF_CLI_CONFIG_FILE && { TF_CLI_CONFIG_FILE }),
      CHECKPOINT_DISABLE: "1",
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

  async function install(): Promise<void> {
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const [{ filename }] = JSON.parse((await execute("npm", pack)).stdout);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    writeFileSync(join(folder, "factory.yaml"), FACTORY);
    const options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--offline"];
    await execute("npm", [...options, join(folder, filename)], { cwd: folder });
  }

  /** Asynchronous, because the emulators in this process must answer. */
  async function factory(...args: string[]): Promise<Result> {
    const command = join(folder, "node_modules", "golden-image-factory", "dist", "factory.js");
    const options = { cwd: folder, env, maxBuffer: 2 ** 26 };
    try {
      return { code: 0, ...(await execute(process.execPath, [command, ...args], options)) };
    } catch (error) {
      return error as Result & Error;
    }
  }

  test("plans and applies the shared account, and moves its state into its bucket", async () => {
    await install();
    expect((await factory("versions")).code).toBe(0);
    expect((await factory("synth")).code).toBe(0);
    for (const stack of ["state-shared", "shared-eu-west-1"])
      await usePathStyle(join(folder, "cdktf.out", "stacks", stack), env);

    const applied = await factory("apply", "--yes");
    expect([applied.stderr, applied.code]).toEqual(["", 0]);
    expect(applied.stdout).toMatch(/\nstate-shared +applied\nshared-eu-west-1 +applied\n$/);
    expect((await moto.objects(key, `acme-${SHARED}`)).sort()).toEqual([
      "golden-image-factory/shared-eu-west-1.tfstate",
      "golden-image-factory/state-shared.tfstate",
    ]);
    expect(existsSync(join(folder, "terraform.state-shared.tfstate"))).toBe(false);

    const again = await factory("plan", "--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).stacks).toMatchObject([
      { stack: "state-shared", account: "shared", accountId: SHARED, result: "no changes" },
      { stack: "shared-eu-west-1", region: "eu-west-1", result: "no changes" },
    ]);
  });
});
