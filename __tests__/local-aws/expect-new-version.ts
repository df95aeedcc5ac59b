/** Expectations of the end-to-end test about the plan after a component was edited. */
import { planSummary } from "../../cli/delivery/summary";
import { actionsOf, type Scenario } from "./scenario";

export async function expectNewVersionPlan(scenario: Scenario): Promise<void> {
  const shared = await scenario.stack("shared-eu-west-1");
  const changes = await shared.plan();
  expect(actionsOf(changes)).toEqual([
    "create+delete aws_imagebuilder_component",
    "create+delete aws_imagebuilder_image_recipe",
    "create+delete aws_s3_object",
    // The recorder's manifest contains the new versions.
    "create+delete aws_s3_object",
    "update aws_imagebuilder_image_pipeline",
    "update aws_imagebuilder_lifecycle_policy",
    "update aws_lambda_function",
  ]);
  const changeOf = (type: string) => changes.find((one) => one.type === type)?.change;
  expect(changeOf("aws_imagebuilder_image_recipe")).toMatchObject({
    before: { version: "1.0.0" },
    after: { version: "1.0.1" },
  });
  const policy = JSON.stringify(changeOf("aws_imagebuilder_lifecycle_policy")?.after);
  expect(policy.match(/"semantic_version":"[\d.]+"/g)?.sort()).toEqual([
    '"semantic_version":"1.0.0"',
    '"semantic_version":"1.0.1"',
  ]);
  const summary = planSummary([{ stack: "shared-eu-west-1", changes }]);
  expect(summary).toMatch(
    /\*\*Replaced by a new version\*\*\n\n(- shared-eu-west-1: `aws_\S+`\n){3}\n\| stack/,
  );
  expect(summary).toContain("| shared-eu-west-1 |  | 3 | 4 |  |");
  await shared.apply();
}
