/** Expects `factory prove` to remove its resources, and those that earlier runs left. */
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import type { ProveReport } from "../../../../cli/proof/prove/render";
import { noAnswer, problems, useFakeAccount } from "./fake-account";

const aws = useFakeAccount();

describe("prove removes", () => {
  test("an instance and a security group whose creation got no answer", async () => {
    aws.on("CreateSecurityGroup", (input) => {
      aws.healthy.CreateSecurityGroup(input);
      throw noAnswer();
    });
    const group = await aws.launch();
    expect(problems(group)).toMatchObject([{ id: "launch", reason: "unavailable" }]);
    expect(aws.left).toEqual([]);
    aws.on("CreateSecurityGroup", aws.healthy.CreateSecurityGroup);
    aws.on("RunInstances", (input) => {
      aws.healthy.RunInstances(input);
      throw noAnswer();
    });
    const instance = await aws.launch();
    expect(problems(instance)).toMatchObject([{ id: "launch", reason: "unavailable" }]);
    expect(aws.left).toEqual([]);
    expect((instance.data as ProveReport).launched).toMatchObject({ instanceType: "t3.medium" });
  });

  test("a recipe whose creation got no answer", async () => {
    aws.on("CreateImageRecipe", (input) => {
      aws.healthy.CreateImageRecipe(input);
      throw noAnswer();
    });
    expect(problems(await aws.prove({ recipe: true }))).toMatchObject([
      { id: "recipe", outcome: "inconclusive", reason: "unavailable" },
    ]);
    expect(aws.left).toEqual([]);
  });

  test("a security group as soon as EC2 has released it", async () => {
    let attempts = 0;
    aws.on("DeleteSecurityGroup", (input) => {
      attempts += 1;
      if (attempts < 3)
        throw Object.assign(new Error("used"), {
          name: "DependencyViolation",
          $metadata: { httpStatusCode: 400 },
        });
      return aws.healthy.DeleteSecurityGroup(input);
    });
    expect(problems(await aws.launch())).toEqual([]);
    expect([attempts, aws.left]).toEqual([3, []]);
  });

  test("what it can, and prints commands for the rest", async () => {
    aws.fail("TerminateInstances", "InternalError", "Try again.", 500);
    const result = await aws.launch();
    expect(problems(result)).toEqual([
      {
        id: "cleanup",
        outcome: "failed",
        reason: "cleanup",
        message: "couldn't remove what was created: InternalError: Try again",
        fix: "remove it. The instance ends 30 minutes after its start in any case, if its operating system runs",
        commands: [
          expect.stringMatching(
            /^aws ec2 terminate-instances --instance-ids i-\d+ --region eu-west-1$/,
          ),
          expect.stringMatching(
            /^aws ec2 delete-security-group --group-id sg-\d+ --region eu-west-1$/,
          ),
        ],
      },
    ]);
    expect(result.exitCode).toBe(2);
    aws.reset();
    aws.fail("DeleteImageRecipe", "InternalError", "Try again.", 500);
    expect(problems(await aws.prove({ recipe: true }))).toEqual([
      {
        id: "recipe",
        outcome: "failed",
        reason: "cleanup",
        message: "couldn't delete the recipe: InternalError: Try again",
        fix: "delete it",
        commands: [
          expect.stringMatching(
            /^aws imagebuilder delete-image-recipe --image-recipe-arn arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe\/golden-image-factory-prove-[0-9a-f]{12}\/1.0.0 --region eu-west-1$/,
          ),
        ],
      },
    ]);
  });

  test("what a killed run left behind and whose time is over, and nothing else", async () => {
    const tags = (Value: string) => [{ Key: PROVE_TAG, Value }];
    const instance = { token: "", groups: [], state: "running", reads: 0 } as const;
    aws.instances.set("i-old", { ...instance, id: "i-old", tags: tags("2026-11-28T11:59:00Z") });
    aws.instances.set("i-new", { ...instance, id: "i-new", tags: tags("2026-11-28T12:20:00Z") });
    aws.groups.set("sg-old", { name: "old", tags: tags("broken") });
    const prefix = "arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe";
    const old = `${prefix}/golden-image-factory-prove-0/1.0.0`;
    aws.recipes.set(old, {});
    aws.recipes.set(`${prefix}/web/1.0.0`, {});
    const { text } = await aws.prove({ recipe: true });
    expect(text?.split("\n").slice(1, 3)).toEqual([
      "  ok: leftovers",
      `    removed what earlier runs left: i-old, sg-old, ${old}`,
    ]);
    aws.instances.delete("i-old");
    expect(aws.left).toEqual(["i-new", `${prefix}/web/1.0.0`]);
  });

  test("nothing if it may not look for leftovers, which is inconclusive", async () => {
    aws.fail(
      "DescribeInstances",
      "UnauthorizedOperation",
      "x is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows it",
      403,
    );
    expect(problems(await aws.prove({ recipe: true }))).toMatchObject([
      { id: "leftovers", outcome: "inconclusive", reason: "iam" },
    ]);
  });
});
