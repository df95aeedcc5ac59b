/** Input, output and failures of `factory prove --assumptions`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { confirmation } from "../../../../cli/prompt";
import { type AssumptionsReport, renderResults } from "../../../../cli/proof/assumptions/render";
import { chooseProof, type ProofOptions } from "../../../../cli/proof/choose-proof";
import { NoAnswer } from "../../../../tools/local-aws/protocol/emulator";
import { Fault } from "../../../../tools/local-aws/protocol/rest-json";
import { Sandbox } from "./sandbox";

let sandbox: Sandbox;

beforeAll(async () => {
  jest.spyOn(console, "error").mockImplementation();
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox.stop());

/** Replaces what differs in each run. */
function stable(text: string | undefined): string | undefined {
  return text
    ?.replace(/prove-[0-9a-f]{10}/g, "prove-ID")
    .replace(/\d{4}-\d\d-\d\d,/g, "2026-11-28,")
    .replace(/golden-image-factory \d+\.\d+\.\d+,/g, "golden-image-factory 0.1.0,");
}

function calls(): string[] {
  return sandbox.factory.aws.emulator.calls.map(({ operation }) => operation);
}

describe("factory prove --assumptions prints", () => {
  test("answers as assumed, and a report without account IDs", async () => {
    const { text, exitCode } = await sandbox.prove({ only: ["recipe-parent", "invisible-image"] });
    expect(
      stable(text),
    ).toBe(`assumptions in shared (111111111111) and payments (222222222222) in eu-west-1
  as assumed: recipe-parent, invisible-image

2 as assumed, after 1 min

The report for an issue:

# Assumptions about AWS

golden-image-factory 0.1.0, 2026-11-28, eu-west-1, copies in us-east-1: 2 as assumed.

| Experiment | Result | Answer | Assumed |
| --- | --- | --- | --- |
| \`recipe-parent\` | as assumed | as it was sent | as it was sent |
| \`invisible-image\` | as assumed | rejected with ResourceNotFoundException | rejected with ResourceNotFoundException |

## recipe-parent: as assumed

Does GetImageRecipe return a wildcard parent as it was sent?

\`\`\`text
CreateImageRecipe: arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/x.x.x
GetImageRecipe: arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/x.x.x
\`\`\`

## invisible-image: as assumed

What does GetImage answer for the wildcard of an image that isn't shared?

\`\`\`text
GetImage arn:aws:imagebuilder:eu-west-1:OWNER:image/golden-image-factory-prove-ID-golden/x.x.x: ResourceNotFoundException: The resource with ARN 'arn:aws:imagebuilder:eu-west-1:OWNER:image/golden-image-factory-prove-ID-golden/x.x.x' doesn't exist.
\`\`\`
`);
    expect(exitCode).toBe(0);
  });

  test("another answer with its evidence and what depends on it, in 80 columns", async () => {
    const { emulator } = sandbox.factory.aws;
    emulator.fail("CreateLifecyclePolicy", new Fault("ResourceNotFoundException", "no recipe"));
    const out = join(sandbox.folder, "report.md");
    const { text, data, exitCode } = await sandbox.prove({
      only: ["lifecycle-deleted-recipe"],
      out,
    });
    expect(text?.endsWith(`\n\nThe report for an issue is in ${out}.`)).toBe(true);
    expect(stable(renderResults(data as AssumptionsReport, 80))).toBe(
      `assumptions in shared (111111111111) and payments (222222222222) in eu-west-1
  differs: lifecycle-deleted-recipe
    Does Image Builder accept a lifecycle policy that names a deleted recipe
      version?
      answer: rejected with ResourceNotFoundException
      assumed: accepted
      in a factory: Builds of old recipe versions aren't deleted, or the
        policy can't be updated.
        DeleteImageRecipe:
          arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/golden-image-factory-prove-ID-deleted/1.0.0
        CreateLifecyclePolicy: ResourceNotFoundException: no recipe

1 differs, after <1 min`,
    );
    expect(exitCode).toBe(2);
    expect(stable(readFileSync(out, "utf8"))).toContain(
      "| `lifecycle-deleted-recipe` | differs | rejected with ResourceNotFoundException | accepted |",
    );
    expect(readFileSync(out, "utf8")).toContain(
      "\nIn a factory: Builds of old recipe versions aren't deleted, or the policy can't be updated.\n",
    );
    expect(readFileSync(out, "utf8")).not.toMatch(/111111111111|222222222222|o-abcdefghij/);
  });

  test("why an experiment found nothing out, with exit code 0", async () => {
    const { emulator } = sandbox.factory.aws;
    const denied = new Fault("AccessDeniedException", "not authorized to create", 403);
    emulator.fail("CreateComponent", denied);
    const { data, exitCode } = await sandbox.prove({ only: ["recipe-parent"] });
    expect((data as AssumptionsReport).experiments).toMatchObject([
      {
        id: "recipe-parent",
        result: "inconclusive",
        reason: "AccessDeniedException: not authorized to create",
        evidence: [],
      },
    ]);
    expect(exitCode).toBe(0);
    expect(await sandbox.left()).toEqual([]);
  });

  test("no answer if AWS rejects a call only when it is repeated", async () => {
    // The SDK waits for a random time before it repeats a call.
    const random = jest.spyOn(Math, "random").mockReturnValue(0);
    const { emulator } = sandbox.factory.aws;
    let calls = 0;
    emulator.change("CreateLifecyclePolicy", async (answer) => {
      const output = await answer();
      calls += 1;
      if (calls === 1) throw new NoAnswer();
      return output;
    });
    const run = sandbox.report({ only: ["lifecycle-deleted-recipe"] });
    const { experiments } = await run.finally(() => emulator.change("CreateLifecyclePolicy"));
    random.mockRestore();
    expect(experiments.map(({ result, reason }) => [result, stable(reason)])).toEqual([
      [
        "inconclusive",
        "the first call got no answer, so this may be about what it did: ResourceAlreadyExistsException: The resource with ARN 'arn:aws:imagebuilder:eu-west-1:111111111111:lifecycle-policy/golden-image-factory-prove-ID-deleted' already exists.",
      ],
    ]);
    expect(await sandbox.left()).toEqual([]);
  });

  test("the answer to a repeated call that only reads", async () => {
    const random = jest.spyOn(Math, "random").mockReturnValue(0);
    const { emulator } = sandbox.factory.aws;
    const tries: string[] = [];
    emulator.change("GetImage", async (answer, { account, input }) => {
      if (account !== "222222222222") return answer();
      tries.push(stable(String(input["imageBuildVersionArn"])) ?? "");
      if (tries.length === 1) throw new NoAnswer();
      return answer();
    });
    const run = sandbox.report({ only: ["invisible-image"] });
    const { experiments } = await run.finally(() => emulator.change("GetImage"));
    random.mockRestore();
    expect(tries).toEqual(
      Array(2).fill(
        "arn:aws:imagebuilder:eu-west-1:111111111111:image/golden-image-factory-prove-ID-golden/x.x.x",
      ),
    );
    expect(experiments.map(({ result, answer }) => [result, answer])).toEqual([
      ["as-assumed", "rejected with ResourceNotFoundException"],
    ]);
    expect(await sandbox.left()).toEqual([]);
  });

  test("why builds that several experiments share failed, once for each", async () => {
    const { emulator } = sandbox.factory.aws;
    emulator.change("GetImage", async (answer) => {
      const { image } = await answer();
      const isAvailable = image.state?.status === "AVAILABLE";
      const state = isAvailable ? { status: "FAILED", reason: "no network" } : image.state;
      return { image: { ...image, state } };
    });
    const run = sandbox.prove({ only: ["build-date", "package-list"] });
    const { text, data } = await run.finally(() => emulator.change("GetImage"));
    const { experiments } = data as AssumptionsReport;
    expect(stable(text)?.split("\n").slice(1, 3)).toEqual([
      "  inconclusive: build-date, package-list",
      "    the build arn:aws:imagebuilder:eu-west-1:111111111111:image/golden-image-factory-prove-ID-golden/1.0.0/1 ended as FAILED: no network",
    ]);
    expect(experiments.map(({ result, reason }) => [result, stable(reason)])).toEqual(
      Array(2).fill([
        "inconclusive",
        "the build arn:aws:imagebuilder:eu-west-1:111111111111:image/golden-image-factory-prove-ID-golden/1.0.0/1 ended as FAILED: no network",
      ]),
    );
    expect(await sandbox.left()).toEqual([]);
  });

  test("how to remove what it couldn't remove, with exit code 1", async () => {
    const { emulator } = sandbox.factory.aws;
    const denied = new Fault("AccessDeniedException", "not authorized to delete", 403);
    emulator.fail("DeleteImageRecipe", denied);
    const { text, exitCode } = await sandbox.prove({ only: ["recipe-parent"] });
    const arn =
      "arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/golden-image-factory-prove-ID-parent/1.0.0";
    const lines = stable(text)?.split("\n") ?? [];
    // The component too, because the recipe uses it.
    expect(lines.filter((line) => line === "  not removed").length).toBe(2);
    expect(lines).toContain(
      `      aws imagebuilder delete-image-recipe --image-recipe-arn ${arn} --region eu-west-1`,
    );
    expect(lines).toContain(
      `- the image recipe ${arn.replace("111111111111", "OWNER")}: AccessDeniedException: not authorized to delete`,
    );
    expect(exitCode).toBe(1);
    await removeAll();
  });

  test("which experiments aren't possible without a second account and a second Region", async () => {
    const one = await Sandbox.start((file) => {
      delete file.sharedAccount.regions["us-east-1"];
    });
    const { data } = await one.prove({ account: undefined, region: undefined });
    const { experiments } = data as AssumptionsReport;
    expect(renderResults(data as AssumptionsReport, 80)).toContain(`
  not possible: managed-images, ram-principals, invisible-image,
    invisible-parent, versionless-arn, launch-permission, ram-list-resources,
    ram-dependent-consumer, ram-second-association
    needs a second account of the organization, which --account names
  not possible: copy-tags
    needs a second Region of the shared account in the factory file
  as assumed: root-devices,`);
    const reasons = experiments.flatMap(({ id, result, reason }) =>
      result === "not-possible" ? [`${id}: ${reason}`] : [],
    );
    expect(reasons.length).toBe(10);
    expect(reasons.slice(0, 3)).toEqual([
      "managed-images: needs a second account of the organization, which --account names",
      "ram-principals: needs a second account of the organization, which --account names",
      "copy-tags: needs a second Region of the shared account in the factory file",
    ]);
    expect(experiments.filter(({ result }) => result === "as-assumed").length).toBe(32);
    one.stop();
    await expect(
      sandbox.prove({ account: undefined, only: ["managed-images", "ram-principals"] }),
    ).rejects.toThrow(
      new Error(`no experiment is possible:
  managed-images: needs a second account of the organization, which --account names
  ram-principals: needs a second account of the organization, which --account names`),
    );
  });
});

/** Removes what a test left behind. */
async function removeAll(): Promise<void> {
  const { imageBuilder } = sandbox.factory.as("shared");
  const { DeleteComponentCommand, DeleteImageRecipeCommand } = await import(
    "@aws-sdk/client-imagebuilder"
  );
  for (const imageRecipeArn of sandbox.factory.aws.imageBuilder.arns("image-recipe"))
    await imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn }));
  for (const componentBuildVersionArn of sandbox.factory.aws.imageBuilder.arns("component"))
    await imageBuilder.send(new DeleteComponentCommand({ componentBuildVersionArn }));
}

describe("factory prove --assumptions asks", () => {
  test("with the experiments, their time and their cost, and creates nothing without a yes", async () => {
    const questions: string[] = [];
    const before = calls().length;
    const result = await sandbox.prove(
      { only: ["client-token", "recipe-parent", "versionless-arn"] },
      async (question) => {
        questions.push(question);
        return false;
      },
    );
    expect(questions).toEqual([
      `Experiments in shared (111111111111) in eu-west-1 and payments (222222222222) in eu-west-1:
  recipe-parent    1 min
  client-token     5 min, USD 0.001
  versionless-arn  3 min
They use two builds of an image: 25 min, USD 0.096.
They remove what they create. In total about 34 min and USD 0.10, with prices of us-east-1 as of 2026-07-20; storage and data transfer are approximate. Start?`,
    ]);
    expect(result).toEqual({
      text: "Nothing was created.",
      data: { confirmed: false },
      exitCode: 1,
    });
    expect(calls().slice(before)).toEqual([
      "GetCallerIdentity",
      "GetCallerIdentity",
      "DescribeOrganization",
      "DescribeOrganization",
    ]);
  });

  test("with the build that an experiment starts although another one shares it", async () => {
    const question = async (only: readonly string[]): Promise<string[]> => {
      const questions: string[] = [];
      await sandbox.prove({ only }, async (one) => questions.push(one) < 0);
      return questions.flatMap((one) => one.split("\n").slice(1));
    };
    const total = `They use two builds of an image: 25 min, USD 0.096.
They use a build that is based on that image, and is cancelled: 5 min, USD 0.001.
They remove what they create. In total about 30 min and USD 0.10, with prices of us-east-1 as of 2026-07-20; storage and data transfer are approximate. Start?`;
    expect((await question(["running-parent"])).join("\n")).toBe(
      `  running-parent  <1 min\n${total}`,
    );
    expect((await question(["running-parent", "wildcard-parent"])).join("\n")).toBe(
      `  wildcard-parent  <1 min\n  running-parent   <1 min\n${total}`,
    );
  });

  test("on a terminal only", async () => {
    await expect(sandbox.prove({ only: ["recipe-parent"] }, confirmation(false))).rejects.toThrow(
      "Start?\nstdin is not a terminal: pass --yes to confirm",
    );
  });
});

describe("factory prove --assumptions rejects", () => {
  test.each([
    [
      { only: ["recipe-checkz"] },
      "--only: must be the ID of an experiment of docs/reference/experiments.md, did you mean 'recipe-checks'?, got: recipe-checkz",
    ],
    [
      { only: ["all"] },
      "--only: must be the ID of an experiment of docs/reference/experiments.md, got: all",
    ],
    [{ account: "shared" }, "--account: must be an app account: payments, got: shared"],
    [
      { region: "us-east-1" },
      "--region: must be a Region of the shared account and payments: eu-west-1, got: us-east-1",
    ],
    [
      { account: undefined, region: undefined },
      "--region: required, because there are several: eu-west-1, us-east-1",
    ],
    [
      { profiles: "owner=x" },
      "--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (shared, payments), got: owner=x",
    ],
    [
      { out: "nowhere/report.md" },
      "--out: must be in an existing folder, got: nowhere/report.md; create nowhere",
    ],
    [{ out: "README.md" }, "--out: must be a new file, got: README.md, which exists"],
    [
      { profiles: "shared=p111111111111,payments=p111111111111" },
      "the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE",
    ],
    [
      { profiles: "shared=p222222222222,payments=p111111111111" },
      "the credentials are those of account 222222222222. Pass a profile of the account with --profiles shared=PROFILE",
    ],
  ])("%j", async (options, message) => {
    const before = calls().filter((name) => name !== "GetCallerIdentity").length;
    await expect(sandbox.prove(options)).rejects.toThrow(new Error(message));
    expect(calls().filter((name) => name !== "GetCallerIdentity").length).toBe(before);
  });

  test("accounts of different organizations", async () => {
    const { emulator } = sandbox.factory.aws;
    emulator.change("DescribeOrganization", async (answer, { account }) => {
      const { Organization } = await answer();
      return {
        Organization:
          account === "222222222222" ? { ...Organization, Id: "o-other12345" } : Organization,
      };
    });
    await expect(
      sandbox.prove().finally(() => emulator.change("DescribeOrganization")),
    ).rejects.toThrow(
      new Error(
        "--account: must be an account of the same organization as shared (111111111111) in eu-west-1, which is in o-abcdefghij, got: payments (222222222222) in eu-west-1, which is in o-other12345",
      ),
    );
  });

  test("an account without an organization", async () => {
    const { emulator } = sandbox.factory.aws;
    emulator.fail("DescribeOrganization", new Fault("AWSOrganizationsNotInUseException", "none"));
    await expect(sandbox.prove()).rejects.toThrow(
      new Error(
        "--account: must be an account of the same organization as shared (111111111111) in eu-west-1, which is in none, got: payments (222222222222) in eu-west-1, which is in o-abcdefghij",
      ),
    );
  });

  test("missing credentials", async () => {
    await expect(sandbox.prove({ profiles: undefined })).rejects.toThrow(
      /^Could not load credentials from any providers$/,
    );
  });

  test("a role that can't be assumed", async () => {
    const one = await Sandbox.start((file) => {
      file.appAccounts.payments.deployRole = "deploy";
    });
    one.factory.aws.emulator.fail(
      "AssumeRole",
      new Fault("AccessDenied", "User: x is not authorized to perform: sts:AssumeRole", 403),
    );
    await expect(
      one.prove({ profiles: "shared=p111111111111,payments=p888888888888" }),
    ).rejects.toThrow(new Error("User: x is not authorized to perform: sts:AssumeRole"));
    one.stop();
  });

  test("a Region that isn't enabled, and credentials that AWS doesn't know", async () => {
    const { emulator } = sandbox.factory.aws;
    const unknown = new Fault("InvalidClientTokenId", "The security token is invalid.", 403);
    emulator.fail("GetCallerIdentity", unknown, 1, "eu-west-1");
    await expect(sandbox.prove()).rejects.toThrow(
      new Error(
        "--region: must be a Region that is enabled in shared (111111111111), got: eu-west-1",
      ),
    );
    emulator.fail("GetCallerIdentity", unknown, 1, "eu-west-1");
    emulator.fail("GetCallerIdentity", unknown, 1, "us-east-1");
    await expect(sandbox.prove()).rejects.toThrow(new Error("The security token is invalid."));
  });

  test("options that belong to the other use of prove", async () => {
    const options: ProofOptions = {
      assumptions: true,
      only: [],
      recipe: false,
      launch: false,
      yes: false,
    };
    const rejects = (changes: Partial<ProofOptions>, message: string): Promise<void> =>
      expect(chooseProof({ ...options, ...changes })).rejects.toThrow(new Error(message));
    await rejects(
      { image: "base", channel: "stable", recipe: true, launch: true, subnet: "subnet-1" },
      "IMAGE, --channel, --recipe, --launch, --subnet: must not be given with --assumptions",
    );
    await rejects(
      { assumptions: false, only: ["recipe-checks"], out: "report.md" },
      "--only, --out: must be given only with --assumptions",
    );
    await rejects(
      { assumptions: false },
      "missing IMAGE, --account; or run the command with --assumptions",
    );
    await rejects(
      { assumptions: false, image: "base" },
      "missing --account; or run the command with --assumptions",
    );
  });
});

test("a file that appeared during the run isn't overwritten, and the report is printed", async () => {
  const out = join(sandbox.folder, "late.md");
  const { text, exitCode } = await sandbox.prove({ only: ["recipe-parent"], out }, async () => {
    writeFileSync(out, "precious");
    return true;
  });
  expect(text).toContain(
    `\n\ncouldn't write ${out}: EEXIST: file already exists, open '${out}'. The report for an issue:\n\n# Assumptions about AWS\n`,
  );
  expect(exitCode).toBe(1);
  expect(readFileSync(out, "utf8")).toBe("precious");
});
