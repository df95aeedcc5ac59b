/**
 * The experiments of `factory prove --assumptions` against the emulators that the end-to-end test
 * uses, with the roles, policies and credentials of moto.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { proveAssumptions } from "../../cli/proof/assumptions/assumptions";
import { EXPERIMENTS } from "../../cli/proof/assumptions/experiments";
import type { AssumptionsReport } from "../../cli/proof/assumptions/render";
import { minimalFactory, withFolder } from "../../tools/fixtures/factory-file";
import { LocalAws } from "../../tools/local-aws/local-aws";
import { Moto } from "../../tools/local-aws/moto/moto";
import { requireTools } from "../../tools/local-aws/moto/required-tools";
import { organizations } from "../../tools/local-aws/services/organizations";
import { VirtualClock } from "../../tools/local-aws/virtual-clock";

const SHARED = "111111111111";
const PAYMENTS = "222222222222";

describe("factory prove --assumptions on a local AWS", () => {
  const environment = { ...process.env };
  const clock = new VirtualClock();
  let folder: string;
  let moto: Moto;
  let local: LocalAws;

  beforeAll(async () => {
    requireTools();
    folder = mkdtempSync(join(tmpdir(), "assumptions-"));
    moto = await Moto.start(join(folder, "moto.log"));
    const organization = { id: "o-abcdefghij", units: { [SHARED]: [], [PAYMENTS]: [] } };
    const settings = {
      managementAccountId: "999999999999",
      administrators: new Set<string>(),
      trustedServices: new Set(["ram.amazonaws.com"]),
    };
    local = await LocalAws.start({
      organization,
      accountOf: (accessKey) => moto.accountOf(accessKey),
      publish: async () => undefined,
      services: [organizations(organization, settings)],
      // Less than the shortest pause of an experiment that waits for them.
      delays: { phase: 3_000, association: 2_000, linger: 1_000 },
      clock,
      recordsChanges: true,
    });
    const file = minimalFactory();
    file.sharedAccount.regions["us-east-1"] = {};
    file.images.web.regions = ["eu-west-1"];
    withFolder({ file }, (path) => cpSync(dirname(path), folder, { recursive: true }));
    const profiles = [];
    for (const account of [SHARED, PAYMENTS]) {
      const credentials = await moto.credentialsOf(account);
      const lines = Object.entries(credentials).map(
        ([name, value]) => `${name.toLowerCase()}=${value}`,
      );
      profiles.push(`[p${account}]\n${lines.join("\n")}`);
    }
    writeFileSync(join(folder, "credentials"), profiles.join("\n\n"));
    for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
      delete process.env[name];
    Object.assign(process.env, moto.environment, local.emulator.environment, {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    });
  });

  afterAll(() => {
    process.env = environment;
    local?.stop();
    moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function roles(account: string): Promise<string[]> {
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(account);
    const version = { Version: "2010-05-08" };
    const found = await moto.query(key, "us-east-1", "iam", "ListRoles", version);
    return found("RoleName").filter((name) => name.startsWith("golden-image-factory-prove-"));
  }

  test("finds the assumed answer to every question, and leaves nothing behind", async () => {
    const { data, exitCode } = await proveAssumptions(
      {
        account: "payments",
        region: "eu-west-1",
        profiles: `shared=p${SHARED},payments=p${PAYMENTS}`,
        only: [],
        yes: true,
        config: join(folder, "factory.yaml"),
      },
      clock,
    );
    const { experiments, left } = data as AssumptionsReport;
    expect(experiments.filter(({ result }) => result !== "as-assumed")).toEqual([]);
    expect(experiments.map(({ id }) => id)).toEqual(EXPERIMENTS.map(({ id }) => id));
    expect([exitCode, left]).toEqual([0, []]);
    const kinds = ["component", "image-recipe", "image-pipeline", "workflow", "lifecycle-policy"];
    expect(kinds.flatMap((kind) => local.imageBuilder.arns(kind))).toEqual([]);
    expect([local.builds.arns(), local.amis.ids()]).toEqual([[], []]);
    expect([await roles(SHARED), await roles(PAYMENTS)]).toEqual([[], []]);
  });
});
