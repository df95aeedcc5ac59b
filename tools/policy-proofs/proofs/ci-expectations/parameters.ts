/** The SSM parameters that contain the IDs of parents and of build instances' AMIs. */
import { PRIVATE_HOST, PRIVATE_PARENT, PUBLIC_PARENT } from "../../../fixtures/random-factories";
import { actionsIf, type Expectation, expectation } from "./expectation";
import type { Scope } from "./scope";

/** The deploy role reads the parameters that its account's images and containers name. */
export function parameterExpectations(scope: Scope): Expectation[] {
  const { region, arn, amiParameters, hasContainers } = scope;
  const publicArn = (path: string): string => `arn:aws:ssm:${region}::parameter${path}`;
  const readable = (resource: string, isReadable: boolean): Expectation =>
    expectation("ssm", resource, {
      reads: actionsIf(isReadable, ["GetParameter"]),
      isDeployOnly: true,
    });
  return [
    ...[PRIVATE_PARENT, PRIVATE_HOST].map((path) =>
      readable(arn("ssm", `parameter${path}`), amiParameters.includes(path)),
    ),
    readable(publicArn(PUBLIC_PARENT), amiParameters.includes(PUBLIC_PARENT)),
    readable(publicArn("/aws/service/ecs/optimized-ami/x"), hasContainers),
    expectation("ssm", arn("ssm", "parameter/else")),
  ];
}
